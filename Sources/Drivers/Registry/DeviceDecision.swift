import Events

/// An operator's changes to a device; nil leaves a property unchanged.
package struct DeviceDecision: Hashable, Sendable {
    /// Empty to remove the given name.
    package var name: String?
    package var role: String?
    /// Empty to detach the sensor from its target.
    package var target: String?
    /// `.some(nil)` to detach the board or strap from its user.
    package var user: Int64??
    package var adopt: Bool?
    package var forget = false
    /// The operator has seen that the device died.
    package var seen = false

    package init(
        name: String? = nil, role: String? = nil, target: String? = nil, user: Int64?? = nil, adopt: Bool? = nil,
        forget: Bool = false, seen: Bool = false
    ) {
        self.name = name
        self.role = role
        self.target = target
        self.user = user
        self.adopt = adopt
        self.forget = forget
        self.seen = seen
    }
}

/// What a decision has changed, for the owners of device connections.
package struct DeviceDecisionOutcome: OptionSet, Hashable, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    static let adopted = Self(rawValue: 1)
    /// It must no longer be used.
    static let released = Self(rawValue: 2)
    static let renamed = Self(rawValue: 4)
    /// Its role, target or user has changed.
    static let reassigned = Self(rawValue: 8)
}

package enum DeviceDecisionError: Error, Hashable, Sendable {
    case unknownDevice
    case unsupportedRole(String, actual: String)
    case noTarget
    case noUser

    package var text: String {
        switch self {
        case .unknownDevice: "no device has this id"
        case .unsupportedRole(let role, let actual): "the role cannot be \(role): this device is a \(actual)"
        case .noTarget: "only a sensor can have a target"
        case .noUser: "only a heart rate device can have a user"
        }
    }
}

extension KnownDevices {
    /// Applies a decision as a whole or not at all.
    mutating func decide(
        _ id: DeviceID, _ decision: DeviceDecision
    ) throws(DeviceDecisionError) -> DeviceDecisionOutcome {
        guard let record = records[id] else { throw .unknownDevice }
        var changed = record
        try changed.apply(decision)
        if decision.forget { changed = record.forgotten }
        // A board that sends datagrams cannot be ignored, so nothing of it is kept.
        if decision.forget, record.transport == .network { remove(id) } else { replace(with: changed) }
        if changed != record { needsSave = true }
        return changed.outcome(since: record)
    }
}

extension DeviceRecord {
    /// A record that only prevents the device from being adopted again automatically.
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
            throw .unsupportedRole(role, actual: self.role.name)
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
        if decision.seen { died = nil }
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
