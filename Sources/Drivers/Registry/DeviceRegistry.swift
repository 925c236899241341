import Clocks
import Events
import Hub
import Logging
import Metrics
import Reactor

/// Knows every device of the gateway, by whichever way it is reached, and tells everybody when one comes, goes or needs
/// care. Whoever holds the links reports here, and asks here what may be used.
@ReactorActor
package final class DeviceRegistry {
    typealias Observer = @ReactorActor (DeviceID, DeviceDecisionOutcome) -> Void

    private let hub: Hub
    private let file: DevicesFile?
    private let timers: TimerQueue
    private var saving: TimerQueue.Token?
    private var known: KnownDevices
    private var countersByID: [DeviceID: DeviceCounters] = [:]
    private var observers: [Observer] = []

    /// What devices do by themselves may be written down this much later, many things at once.
    private nonisolated static let saveDelay = Nanoseconds.seconds(2)
    private nonisolated static let saveRetryDelay = Nanoseconds.seconds(60)

    /// - Parameter file: where devices are remembered; nil when nothing can be kept.
    package init(
        file: DevicesFile? = nil, policy: KnownDevices.Policy = .init(), hub: Hub, metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.hub = hub
        self.file = file
        self.timers = timers
        known = KnownDevices(file?.read() ?? [], policy: policy)
        for adoption in Adoption.allCases {
            metrics.gauge(
                "leadville_devices", "Devices known, by what becomes of them.", ["adoption": adoption.rawValue]
            ) { [weak self] in Double(self?.known.records.values.count { $0.adoption == adoption } ?? 0) }
        }
        metrics.gauge("leadville_devices_connected", "Devices connected.") { [weak self] in
            Double(self?.known.records.values.count { $0.link == .connected } ?? 0)
        }
        metrics.counter("leadville_devices_refused_total", "Devices for which the table had no room.") { [weak self] in
            self?.known.rejected ?? 0
        }
        guard let file else { return }
        file.onWriteFailure = { [weak self] in
            self?.known.needsSave = true
            self?.saveSoon(after: Self.saveRetryDelay)
        }
        metrics.counter("leadville_devices_writes_total", "How often known devices were written down.") {
            file.writes
        }
        metrics.counter("leadville_devices_write_failures_total", "How often that has failed.") { file.failures }
    }

    // MARK: What devices do

    /// It was heard and recognised: asks whether it is to be used. What the configuration names is asked for.
    @discardableResult
    func recordSighting(
        _ id: DeviceID, family: DeviceFamily, name: String?, transport: DeviceTransport, signal: Int?,
        at moment: Moment, isConfigured: Bool = false
    ) -> Adoption {
        let isNew = known[id] == nil
        let sighting = known.recordSighting(
            id, family: family, name: name, transport: transport, signal: signal, at: moment,
            isConfigured: isConfigured)
        if isNew, let record = known[id] { Log.info("A new device: \(record.introduction)", ["SOURCE": id.text]) }
        publish(sighting.event, at: moment)
        return sighting.adoption
    }

    /// It answers, and its data flow.
    func markConnected(_ id: DeviceID, at moment: Moment) {
        publish(known.markConnected(id, at: moment), at: moment)
    }

    func markDisconnected(_ id: DeviceID, _ reason: DeviceEvent.LossReason, at moment: Moment) {
        drainCounters(id)
        publish(known.markDisconnected(id, reason, at: moment), at: moment)
    }

    func updateBattery(_ id: DeviceID, percent: Int, at moment: Moment) {
        publish(known.updateBattery(id, percent: percent, at: moment), at: moment)
    }

    func updateSignal(_ id: DeviceID, dBm: Int, at moment: Moment) {
        known.updateSignal(id, dBm, at: moment)
    }

    /// Something worth knowing holds, or holds no more.
    func setWarning(_ id: DeviceID, _ note: DeviceWarning, isActive holds: Bool) {
        known.setWarning(id, note, isActive: holds)
    }

    /// Counts for one device, for whoever holds its link: those are few, so each keeps its handle.
    func counters(of id: DeviceID) -> DeviceCounters {
        if let tally = countersByID[id] { return tally }
        let tally = DeviceCounters()
        countersByID[id] = tally
        return tally
    }

    func countAccepted(_ id: DeviceID, count: Int = 1, at moment: Moment) {
        if known[id] != nil { counters(of: id).countAccepted(count, at: moment) }
    }

    func countRejected(_ id: DeviceID, count: Int = 1) {
        if known[id] != nil { counters(of: id).countRejected(count) }
    }

    // MARK: What is known

    package subscript(id: DeviceID) -> DeviceRecord? {
        drainCounters(id)
        return known[id]
    }

    /// All devices: those in use first, then by name.
    package var records: [DeviceRecord] {
        for id in countersByID.keys { drainCounters(id) }
        return known.records.values.sorted { $0.comesBefore($1) }
    }

    func isUsed(_ id: DeviceID) -> Bool { known[id]?.adoption == .use }

    /// The target that a sensor is assigned to.
    package func target(of id: DeviceID) -> String? { known[id]?.role.target }

    /// Whose heart a device hears, if the user has said so.
    func user(of id: DeviceID) -> Int64? { known[id]?.role.user }

    // MARK: What the user decides

    /// Has `observer` called whenever the user has decided something about a device.
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

    package func apply(_ policy: KnownDevices.Policy) {
        known.policy = policy
    }

    private func drainCounters(_ id: DeviceID) {
        guard let (heard, refused, lastHeard) = countersByID[id]?.drain() else { return }
        known.addCounts(id, accepted: heard, rejected: refused, lastAccepted: lastHeard)
    }

    private func publish(_ event: DeviceEvent?, at moment: Moment) {
        saveSoon()
        if let event { hub.publish(.device(event), at: moment) }
    }

    // MARK: What is kept

    /// Returns when everything that the user has decided is on the disk, or why it is not.
    func flush() async -> SystemError? {
        save()
        return await file?.flush()
    }

    /// Writes down what is known, and takes nothing more.
    package func close() async {
        if !known.records.isEmpty { known.needsSave = true }
        _ = await flush()
        saving.map(timers.cancel)
        saving = nil
    }

    private func saveSoon(after delay: Nanoseconds = saveDelay) {
        guard known.needsSave, saving == nil, file != nil else { return }
        saving = timers.after(delay) { [weak self] in
            self?.saving = nil
            self?.save()
        }
    }

    private func save() {
        guard known.needsSave, let file else { return }
        known.needsSave = false
        for id in countersByID.keys { drainCounters(id) }
        file.write(DevicesDocument.bytes(of: Array(known.records.values)))
    }
}

extension DeviceRecord {
    /// For the log.
    fileprivate var introduction: String {
        let what = ownName.map { "\(family.rawValue) \($0)" } ?? family.rawValue
        let fate =
            switch adoption {
            case .use: "it is used"
            case .ask: "it waits to be adopted"
            case .ignore, .forgotten: "it is only listed"
            }
        return "\(what) at \(id), by \(transport.rawValue): \(fate)"
    }

    fileprivate func comesBefore(_ other: Self) -> Bool {
        func rank(_ record: Self) -> Int { Adoption.allCases.firstIndex(of: record.adoption) ?? 0 }
        return (rank(self), name, id.text) < (rank(other), other.name, other.id.text)
    }
}
