import Clocks
import Events

/// What devices do.
extension KnownDevices {
    /// What becomes of a device that was heard, and what everybody is told of it.
    struct Sighting: Hashable, Sendable {
        let adoption: Adoption
        let event: DeviceEvent?

        static let ignored = Self(adoption: .ignore, event: nil)
    }

    /// It was heard and recognised. The first contact adopts it, if the policy says so.
    ///
    /// - Parameter isAskedFor: the configuration names it, so it is adopted whatever the policy says.
    mutating func recordSighting(
        _ id: DeviceID, family: DeviceFamily, name: String?, transport: DeviceTransport, signal: Int?,
        at moment: Moment, isConfigured: Bool = false
    ) -> Sighting {
        if let known = records[id] {
            // What boards call themselves is theirs to say; they shall not pass for what is held by another way.
            guard known.transport == transport else { return .ignored }
            // Another firmware, or another device behind the same adapter: what was known is not of this one.
            if known.family != family { remove(id) }
        }
        guard records[id] != nil || insert(id, family, transport, isConfigured: isConfigured, at: moment.wall) else {
            return .ignored
        }
        var isNamed = false
        let sighting = change(id) { record in
            if let name, !name.isEmpty, record.ownName != name {
                record.ownName = Self.shortened(name)
                isNamed = true
            }
            if let signal { record.signal = signal }
            let silence = record.lastContact.map { moment.monotonic - $0 } ?? .zero
            // Only what is heard in the air may have gone unnoticed; what is plugged in stays until it is pulled out.
            let isBack = record.transport == .bluetooth && record.link == .seen && silence > Self.presence
            let isNews = record.link == .absent || isBack
            if record.link == .absent { record.link = .seen }
            record.touch(moment)
            let isTold = isNews && record.adoption != .forgotten
            return Sighting(
                adoption: record.adoption,
                event: isTold ? record.event(.discovered(signalStrength: signal)) : nil)
        }
        if isNamed { needsSave = true }
        return sighting ?? .ignored
    }

    /// It answers, and its data flow.
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
                // What is silent was last heard before.
                if reason != .silent { record.touch(moment) }
                record.link = .absent
                record.lastDisconnectReason = reason
                record.signal = nil
                record.counts.losses += 1
                return record.event(.lost(reason))
            } ?? nil
        if event != nil { needsSave = true }
        return event
    }

    /// Told once that it is low, and again only after it has been charged.
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
            record.counts.heard &+= accepted
            record.counts.refused &+= rejected
            if let lastAccepted { record.touch(lastAccepted) }
        }
    }

    mutating func setWarning(_ id: DeviceID, _ note: DeviceWarning, isActive holds: Bool) {
        change(id) { record in
            if holds { record.warnings.insert(note) } else { record.warnings.remove(note) }
        }
    }

    /// As much of a name as is kept, whole characters of it.
    static func shortened(_ name: String) -> String {
        var short = ""
        for character in name where short.utf8.count + character.utf8.count <= maximumNameBytes {
            short.append(character)
        }
        return short
    }
}

extension DeviceRecord {
    fileprivate mutating func touch(_ moment: Moment) {
        lastSeen = max(lastSeen, moment.wall)
        lastContact = moment.monotonic
    }
}
