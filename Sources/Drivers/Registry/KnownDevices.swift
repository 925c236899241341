import Clocks
import Events

/// The table of all known devices. Methods record what happens to a device and return the event to publish.
package struct KnownDevices: Hashable, Sendable {
    struct Limits: Hashable, Sendable {
        var records = 512
        /// Devices adopted automatically: forged advertisements must not fill the table.
        var adoptedAutomatically = 64
    }

    package struct Policy: Hashable, Sendable {
        /// For newly discovered devices.
        package var adoption = Adoption.use
        /// Below this charge `batteryLow` is published; 0 disables it.
        package var lowBattery = 20

        package init(adoption: Adoption = .use, lowBattery: Int = 20) {
            self.adoption = adoption
            self.lowBattery = lowBattery
        }
    }

    private(set) var records: [DeviceID: DeviceRecord] = [:]
    var policy: Policy
    let limits: Limits

    /// Devices rejected because the table was full or their id invalid.
    private(set) var rejected: UInt64 = 0

    /// There are changes to persist.
    var needsSave = false

    /// A device that is only advertising is reported as discovered again after this much silence.
    static let presence = Nanoseconds.seconds(60)
    /// The charge must rise this much above the limit before it is reported as low again.
    static let batteryHysteresis = 5
    static let maximumNameBytes = 64
    /// A device that falls silent with no more charge than this has probably run out of it.
    static let emptyBattery = 10

    /// - Parameter records: the persisted records; those beyond the limit are dropped.
    init(_ records: [DeviceRecord] = [], policy: Policy = Policy(), limits: Limits = Limits()) {
        self.policy = policy
        self.limits = limits
        for record in records.prefix(limits.records) { self.records[record.id] = record }
    }

    subscript(id: DeviceID) -> DeviceRecord? { records[id] }

    /// Without a copy of the record.
    func contains(_ id: DeviceID) -> Bool { records.index(forKey: id) != nil }

    /// Changes a record in place; does nothing if the device is unknown.
    @discardableResult
    mutating func change<Result>(_ id: DeviceID, _ body: (inout DeviceRecord) -> Result) -> Result? {
        records.index(forKey: id).map { body(&records.values[$0]) }
    }

    mutating func replace(with record: DeviceRecord) { records[record.id] = record }

    mutating func remove(_ id: DeviceID) {
        if records.removeValue(forKey: id) != nil { needsSave = true }
    }

    /// Adds a device with the policy's adoption. Returns false if the table is full or the id invalid.
    mutating func insert(
        _ id: DeviceID, _ family: DeviceFamily, _ transport: DeviceTransport, isConfigured: Bool, at time: WallTime
    ) -> Bool {
        guard DeviceRecord.isID(id.text), records.count < limits.records || makeRoom() else {
            rejected += 1
            return false
        }
        var adoption = policy.adoption
        if adoption == .use, adoptedAutomatically >= limits.adoptedAutomatically { adoption = .ignore }
        if isConfigured || transport == .network { adoption = .use }
        records[id] = DeviceRecord(id, family: family, transport: transport, adoption: adoption, firstSeen: time)
        needsSave = true
        return true
    }

    /// Adds a Bluetooth device that was not received yet, to be used as soon as it is. Returns false if the table is full
    /// or the id invalid.
    mutating func addUnseen(_ id: DeviceID, as family: DeviceFamily, name: String?, at time: WallTime) -> Bool {
        guard DeviceRecord.isID(id.text), records.count < limits.records || makeRoom() else { return false }
        var record = DeviceRecord(id, family: family, transport: .bluetooth, adoption: .use, firstSeen: time)
        (record.givenName, record.wasReceived) = (name, false)
        records[id] = record
        needsSave = true
        return true
    }

    func hasRoom(for count: Int, keeping kept: Set<DeviceID>) -> Bool {
        let free = limits.records - records.count
        return count <= free || count <= free + records.values.count { $0.isDisposable && !kept.contains($0.id) }
    }

    /// A device without a given name counts as adopted automatically.
    private var adoptedAutomatically: Int {
        records.values.count { $0.adoption == .use && $0.transport != .network && $0.givenName == nil }
    }

    /// Drops the device not seen for the longest time; forgotten ones last, because they would be adopted again.
    private mutating func makeRoom() -> Bool {
        let disposable = records.values.filter(\.isDisposable)
        let oldest = disposable.min { left, right in
            let (leftIsDecided, rightIsDecided) = (left.adoption == .forgotten, right.adoption == .forgotten)
            return leftIsDecided == rightIsDecided ? left.lastSeen < right.lastSeen : rightIsDecided
        }
        guard let oldest else { return false }
        records[oldest.id] = nil
        return true
    }
}

extension KnownDevices {
    struct Sighting: Hashable, Sendable {
        let adoption: Adoption
        let event: DeviceEvent?
        /// The device had no record.
        var isNew = false

        static let ignored = Self(adoption: .ignore, event: nil)
    }

    /// Records that a recognised device was received. A new device gets the policy's adoption.
    ///
    /// - Parameter isConfigured: the configuration names the device, which adopts it whatever the policy.
    mutating func recordSighting(
        _ id: DeviceID, family: DeviceFamily, name: String?, transport: DeviceTransport, signal: Int?,
        at moment: Moment, isConfigured: Bool = false
    ) -> Sighting {
        // Nearly always the device is known: one lookup, and the record is not copied.
        let usual = change(id) { record -> (Sighting, isNamed: Bool)? in
            guard record.transport == transport, record.wasReceived, record.family == family else { return nil }
            return record.sighted(as: name, signal: signal, at: moment)
        }
        if let (sighting, isNamed) = usual ?? nil {
            if isNamed { needsSave = true }
            return sighting
        }
        let isNew = records[id] == nil
        if let known = records[id] {
            // Boards choose their own id: they must not impersonate a device on another transport.
            guard known.transport == transport else { return .ignored }
            if !known.wasReceived {
                replace(with: known.received(as: family, at: moment.wall))
                needsSave = true
            } else if known.family != family {
                // Another firmware, or another device behind the same adapter: the old record does not apply.
                remove(id)
            }
        }
        guard records[id] != nil || insert(id, family, transport, isConfigured: isConfigured, at: moment.wall) else {
            return .ignored
        }
        guard let (sighting, isNamed) = change(id, { $0.sighted(as: name, signal: signal, at: moment) }) else {
            return .ignored
        }
        if isNamed { needsSave = true }
        return Sighting(adoption: sighting.adoption, event: sighting.event, isNew: isNew)
    }

    mutating func markConnected(_ id: DeviceID, at moment: Moment) -> DeviceEvent? {
        change(id) { record -> DeviceEvent? in
            record.touch(moment)
            record.warnings.remove(.unreachable)
            guard record.link != .connected else { return nil }
            record.link = .connected
            record.counts.connects += 1
            record.lastDisconnectReason = nil
            return record.event(.connected)
        } ?? nil
    }

    mutating func markDisconnected(_ id: DeviceID, _ reason: DeviceEvent.LossReason, at moment: Moment) -> DeviceEvent?
    {
        let event =
            change(id) { record -> DeviceEvent? in
                guard record.link == .connected else {
                    if reason == .unplugged { record.link = .absent }
                    return nil
                }
                // A silent device was last seen earlier.
                if reason != .silent { record.touch(moment) }
                record.link = .absent
                record.lastDisconnectReason = reason
                record.signal = nil
                record.counts.disconnects += 1
                if [.linkLost, .disconnected, .silent].contains(reason), record.adoption == .use,
                    let battery = record.battery, battery <= Self.emptyBattery
                {
                    record.died = moment.wall
                }
                return record.event(.lost(reason))
            } ?? nil
        if event != nil { needsSave = true }
        return event
    }

    /// Reports a low charge once, and again only after the battery was charged.
    mutating func updateBattery(_ id: DeviceID, percent: Int, at moment: Moment) -> DeviceEvent? {
        let percent = min(max(percent, 0), 100)
        let limit = policy.lowBattery
        var isNews = false
        let event =
            change(id) { record -> DeviceEvent? in
                isNews = record.battery != percent
                record.battery = percent
                record.touch(moment)
                if percent >= limit + Self.batteryHysteresis { record.hasReportedLowBattery = false }
                guard percent < limit, !record.hasReportedLowBattery, record.adoption == .use else { return nil }
                record.hasReportedLowBattery = true
                return record.event(.batteryLow(percent: percent))
            } ?? nil
        if isNews { needsSave = true }
        return event
    }

    mutating func updateSignal(_ id: DeviceID, _ strength: Int, at moment: Moment) {
        change(id) { record in
            record.signal = strength
            record.touch(moment)
        }
    }

    mutating func addCounts(_ id: DeviceID, accepted: UInt64, rejected: UInt64, lastAccepted: Moment?) {
        change(id) { record in
            record.counts.accepted &+= accepted
            record.counts.rejected &+= rejected
            if let lastAccepted { record.touch(lastAccepted) }
        }
    }

    mutating func setWarning(_ id: DeviceID, _ warning: DeviceWarning, isActive: Bool) {
        change(id) { record in
            if isActive { record.warnings.insert(warning) } else { record.warnings.remove(warning) }
        }
    }

    /// A name cut to the limit at a character boundary.
    package static func shortened(_ name: String) -> String {
        var short = ""
        for character in name where short.utf8.count + character.utf8.count <= maximumNameBytes {
            short.append(character)
        }
        return short
    }
}

extension DeviceRecord {
    /// The record of a device that an operator has added, now that it is known what it is.
    fileprivate func received(as family: DeviceFamily, at time: WallTime) -> Self {
        var record = Self(id, family: family, transport: transport, adoption: adoption, firstSeen: time)
        record.givenName = givenName
        record.role = record.role.assigned(to: role.target)
        return record
    }

    fileprivate mutating func sighted(
        as name: String?, signal: Int?, at moment: Moment
    ) -> (KnownDevices.Sighting, isNamed: Bool) {
        var isNamed = false
        if let name, !name.isEmpty, ownName != name {
            ownName = KnownDevices.shortened(name)
            isNamed = true
        }
        if let signal { self.signal = signal }
        let silence = lastContact.map { moment.monotonic - $0 } ?? .zero
        // Only a radio device can leave unnoticed; unplugging a serial device is reported.
        let isBack = transport == .bluetooth && link == .seen && silence > KnownDevices.presence
        let isNews = link == .absent || isBack
        if link == .absent { link = .seen }
        touch(moment)
        let isReported = isNews && adoption != .forgotten
        let news = isReported ? event(.discovered(signalStrength: signal)) : nil
        return (KnownDevices.Sighting(adoption: adoption, event: news), isNamed)
    }

    fileprivate mutating func touch(_ moment: Moment) {
        wasReceived = true
        lastSeen = max(lastSeen, moment.wall)
        lastContact = moment.monotonic
    }
}
