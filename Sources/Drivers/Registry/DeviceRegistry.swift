import Clocks
import Events
import Hub
import Logging
import Metrics
import Reactor
import Store

/// The registry of all devices, over all transports. Owners of connections report to it and ask it which devices may be
/// used; it publishes what changes.
@ReactorActor
package final class DeviceRegistry {
    typealias Observer = @ReactorActor (DeviceID, DeviceDecisionOutcome) -> Void

    private let hub: Hub
    private let store: DeviceStore?
    private let timers: TimerQueue
    private var saving: TimerQueue.Token?
    private var known: KnownDevices
    private var countersByID: [DeviceID: DeviceCounters] = [:]
    private var observers: [Observer] = []
    private let log = ThrottledLog()

    /// Batches the changes that devices cause; an operator's changes are saved at once.
    private nonisolated static let saveDelay = Nanoseconds.seconds(2)

    /// - Parameter store: nil to keep devices in memory only.
    package init(
        store: DeviceStore? = nil, policy: KnownDevices.Policy = .init(), hub: Hub, metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.hub = hub
        self.store = store
        self.timers = timers
        known = KnownDevices(store?.read() ?? [], policy: policy)
        for adoption in Adoption.allCases {
            metrics.gauge(
                "leadville_devices", "Known devices, by adoption.", ["adoption": adoption.rawValue]
            ) { [weak self] in Double(self?.known.records.values.count { $0.adoption == adoption } ?? 0) }
        }
        metrics.gauge("leadville_devices_connected", "Connected devices.") { [weak self] in
            Double(self?.known.records.values.count { $0.link == .connected } ?? 0)
        }
        metrics.counter(
            "leadville_devices_refused_total", "Devices rejected because the table was full or their id invalid."
        ) { [weak self] in self?.known.rejected ?? 0 }
        guard let store else { return }
        store.onReset = { [weak self] in self?.saveAll() }
        store.onLateLoad = { [weak self] in self?.merge($0) }
        metrics.counter("leadville_devices_writes_total", "Writes of known devices.") { store.writes }
        metrics.counter("leadville_devices_write_failures_total", "Failed writes of known devices.") { store.failures }
    }

    // MARK: Reports from connections

    /// Records that a recognised device was received and returns whether to use it.
    ///
    /// - Parameter isConfigured: the configuration names the device, which adopts it whatever the policy.
    @discardableResult
    func recordSighting(
        _ id: DeviceID, family: DeviceFamily, name: String?, transport: DeviceTransport, signal: Int?,
        at moment: Moment, isConfigured: Bool = false
    ) -> Adoption {
        let sighting = known.recordSighting(
            id, family: family, name: name, transport: transport, signal: signal, at: moment,
            isConfigured: isConfigured)
        if sighting.isNew, let record = known[id] {
            // Anybody can send datagrams in any number of names.
            if transport == .network {
                log.info("new_board", "New device: \(record.introduction)", ["SOURCE": id.text])
            } else {
                Log.info("New device: \(record.introduction)", ["SOURCE": id.text])
            }
        }
        publish(sighting.event, at: moment)
        return sighting.adoption
    }

    func markConnected(_ id: DeviceID, at moment: Moment) {
        publish(known.markConnected(id, at: moment), at: moment)
    }

    func markDisconnected(_ id: DeviceID, _ reason: DeviceEvent.LossReason, at moment: Moment) {
        drainCounters(id)
        publish(known.markDisconnected(id, reason, at: moment), at: moment)
    }

    /// Removes a record that may be dropped to make room.
    func drop(_ id: DeviceID) {
        guard known[id]?.isDisposable ?? false else { return }
        known.remove(id)
        countersByID[id] = nil
        saveSoon()
    }

    func updateBattery(_ id: DeviceID, percent: Int, at moment: Moment) {
        publish(known.updateBattery(id, percent: percent, at: moment), at: moment)
    }

    func updateSignal(_ id: DeviceID, dBm: Int, at moment: Moment) {
        known.updateSignal(id, dBm, at: moment)
    }

    func setWarning(_ id: DeviceID, _ warning: DeviceWarning, isActive: Bool) {
        known.setWarning(id, warning, isActive: isActive)
    }

    /// The counters of one device; the owner of its connection retains them.
    func counters(of id: DeviceID) -> DeviceCounters {
        if let counters = countersByID[id] { return counters }
        let counters = DeviceCounters()
        countersByID[id] = counters
        return counters
    }

    func countAccepted(_ id: DeviceID, count: Int = 1, at moment: Moment) {
        if known.contains(id) { counters(of: id).countAccepted(count, at: moment) }
    }

    func countRejected(_ id: DeviceID, count: Int = 1) {
        if known.contains(id) { counters(of: id).countRejected(count) }
    }

    // MARK: Queries

    package subscript(id: DeviceID) -> DeviceRecord? {
        drainCounters(id)
        return known[id]
    }

    /// All devices, those in use first, then by name.
    package var records: [DeviceRecord] {
        for id in countersByID.keys { drainCounters(id) }
        return known.records.values.sorted { $0.comesBefore($1) }
    }

    func isUsed(_ id: DeviceID) -> Bool { known[id]?.adoption == .use }

    package func target(of id: DeviceID) -> String? { known[id]?.role.target }

    /// The user that a heart rate device is assigned to.
    func user(of id: DeviceID) -> Int64? { known[id]?.role.user }

    // MARK: Decisions of the operator

    /// Calls `observer` after each decision that changed something.
    func addObserver(_ observer: @escaping Observer) {
        observers.append(observer)
    }

    @discardableResult
    package func decide(_ id: DeviceID, _ decision: DeviceDecision) throws(DeviceDecisionError) -> DeviceDecisionOutcome
    {
        let outcome = try known.decide(id, decision)
        save()
        if outcome != [] { for observer in observers { observer(id, outcome) } }
        return outcome
    }

    /// Whether a text is the address of a Bluetooth device, as the ids of such devices are written: `AA:BB:CC:00:00:01`.
    package nonisolated static func isBluetoothAddress(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 6
            && parts.allSatisfy { $0.utf8.count == 2 && $0.allSatisfy { $0.isHexDigit && !$0.isLowercase } }
    }

    /// Whether so many devices can be added without the loss of one of `kept`.
    package func hasRoom(for count: Int, keeping kept: Set<DeviceID>) -> Bool {
        known.hasRoom(for: count, keeping: kept)
    }

    /// Adds a Bluetooth device that was not received yet, to be used as soon as it is. Returns false if the id is no address
    /// or the table of devices is full.
    package func addUnseen(_ id: DeviceID, as family: DeviceFamily, name: String?, at time: WallTime) -> Bool {
        guard Self.isBluetoothAddress(id.text) else { return false }
        let name = name.map { KnownDevices.shortened($0) }
        defer { save() }
        return known.addUnseen(id, as: family, name: name, at: time)
    }

    /// Removes a device from which nothing was ever received.
    package func removeUnseen(_ id: DeviceID) {
        guard known[id]?.wasReceived == false else { return }
        known.remove(id)
        save()
    }

    package func apply(_ policy: KnownDevices.Policy) {
        known.policy = policy
    }

    private func drainCounters(_ id: DeviceID) {
        guard let (accepted, rejected, lastAccepted) = countersByID[id]?.drain() else { return }
        known.addCounts(id, accepted: accepted, rejected: rejected, lastAccepted: lastAccepted)
    }

    private func publish(_ event: DeviceEvent?, at moment: Moment) {
        saveSoon()
        if let event { hub.publish(.device(event), at: moment) }
    }

    // MARK: Persistence

    /// Returns when every decision is on disk, or the error that prevents it.
    func flush() async -> StoreError? {
        save()
        return await store?.flush()
    }

    /// Saves all records a last time.
    package func close() {
        saveAll()
        saving.map(timers.cancel)
        saving = nil
    }

    private func saveSoon() {
        guard known.needsSave, saving == nil, store != nil else { return }
        saving = timers.after(Self.saveDelay) { [weak self] in
            self?.saving = nil
            self?.save()
        }
    }

    private func save() {
        guard known.needsSave, let store else { return }
        known.needsSave = false
        for id in countersByID.keys { drainCounters(id) }
        store.save(known.records.values)
    }

    private func saveAll() {
        known.needsSave = true
        save()
    }

    /// Takes over stored devices that could not be read at the start. Decisions made since then take precedence.
    private func merge(_ records: [DeviceRecord]) {
        for record in records {
            guard let current = known[record.id] else {
                known.replace(with: record)
                continue
            }
            var decision = DeviceDecision()
            if current.givenName == nil { decision.name = record.givenName }
            if current.role.target == nil { decision.target = record.role.target }
            if current.role.user == nil, let user = record.role.user { decision.user = .some(user) }
            if current.adoption != record.adoption, record.adoption != .ask {
                if record.adoption == .forgotten {
                    decision.forget = true
                } else {
                    decision.adopt = record.adoption == .use
                }
            }
            _ = try? decide(record.id, decision)
        }
        saveAll()
    }
}

extension DeviceRecord {
    fileprivate var introduction: String {
        let what = ownName.map { "\(family.rawValue) \($0)" } ?? family.rawValue
        let fate =
            switch adoption {
            case .use: "in use"
            case .ask: "waiting for adoption"
            case .ignore, .forgotten: "listed only"
            }
        return "\(what) at \(id), \(transport.rawValue): \(fate)"
    }

    fileprivate func comesBefore(_ other: Self) -> Bool {
        func rank(_ record: Self) -> Int { Adoption.allCases.firstIndex(of: record.adoption) ?? 0 }
        return (rank(self), name, id.text) < (rank(other), other.name, other.id.text)
    }
}

/// Counts the data of one device without a registry lookup for each frame.
@ReactorActor
final class DeviceCounters {
    private var accepted: UInt64 = 0
    private var rejected: UInt64 = 0
    private var lastAccepted: Moment?

    func countAccepted(_ count: Int = 1, at moment: Moment) {
        accepted &+= UInt64(truncatingIfNeeded: count)
        lastAccepted = moment
    }

    func countRejected(_ count: Int = 1) {
        rejected &+= UInt64(truncatingIfNeeded: count)
    }

    /// Returns and resets the counts.
    func drain() -> (accepted: UInt64, rejected: UInt64, lastAccepted: Moment?) {
        defer { (accepted, rejected, lastAccepted) = (0, 0, nil) }
        return (accepted, rejected, lastAccepted)
    }
}
