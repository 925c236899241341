import Events

/// What the user decides.
extension KnownDevices {
    /// Follows a decision as a whole or not at all, and tells what it has changed.
    mutating func decide(
        _ id: DeviceID, _ decision: DeviceDecision
    ) throws(DeviceDecisionError) -> DeviceDecisionOutcome {
        guard let record = records[id] else { throw .unknownDevice }
        var changed = record
        try changed.apply(decision)
        if decision.forget { changed = record.forgotten }
        // What sends unasked cannot be left alone, so nothing of it is kept.
        if decision.forget, record.transport == .network { remove(id) } else { replace(with: changed) }
        if changed != record { needsSave = true }
        return changed.outcome(since: record)
    }
}

extension DeviceRecord {
    /// No more is kept than that it is forgotten, so that it does not come back by itself.
    fileprivate var forgotten: Self {
        var blank = Self(id, family: family, transport: transport, adoption: .forgotten, firstSeen: firstSeen)
        blank.ownName = ownName
        blank.lastSeen = lastSeen
        blank.lastContact = lastContact
        blank.link = link
        return blank
    }

    fileprivate mutating func apply(_ decision: DeviceDecision) throws(DeviceDecisionError) {
        if let role = decision.role, role != self.role.name {
            throw .unfit(role: role, can: self.role.name)
        }
        if let target = decision.target {
            guard case .sensor = role else { throw .noTarget }
            role = role.assigned(to: target.isEmpty ? nil : target)
        }
        if let user = decision.user {
            guard case .heart = role else { throw .noUser }
            role = role.assigned(to: user)
        }
        if let name = decision.name { givenName = name.isEmpty ? nil : name }
        switch decision.adopt {
        case true?: adoption = .use
        case false? where adoption == .use || adoption == .ask: adoption = .ignore
        default: break
        }
    }

    fileprivate func outcome(since before: Self) -> DeviceDecisionOutcome {
        var outcome: DeviceDecisionOutcome = []
        if adoption == .use, before.adoption != .use { outcome.insert(.adopted) }
        if adoption != .use, before.adoption == .use { outcome.insert(.released) }
        if givenName != before.givenName { outcome.insert(.renamed) }
        if role != before.role { outcome.insert(.reassigned) }
        return outcome
    }
}
