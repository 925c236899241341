/// What the user wants of a device: what is nil stays as it is.
package struct DeviceDecision: Hashable, Sendable {
    /// An empty name takes the given one away.
    package var name: String?
    /// The name of a role.
    package var role: String?
    /// An empty target takes the sensor off its target.
    package var target: String?
    /// A user that is nil takes the board or strap off its user.
    package var user: Int64??
    package var adopt: Bool?
    package var forget = false

    package init(
        name: String? = nil, role: String? = nil, target: String? = nil, user: Int64?? = nil, adopt: Bool? = nil,
        forget: Bool = false
    ) {
        self.name = name
        self.role = role
        self.target = target
        self.user = user
        self.adopt = adopt
        self.forget = forget
    }
}

/// What has become of a device by the user's decision, told to those who hold its link.
package struct DeviceDecisionOutcome: OptionSet, Hashable, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    static let adopted = Self(rawValue: 1)
    /// It is not to be used any more.
    static let released = Self(rawValue: 2)
    static let renamed = Self(rawValue: 4)
    /// It has another role, target or user.
    static let reassigned = Self(rawValue: 8)
}

/// Why a decision cannot be followed.
package enum DeviceDecisionError: Error, Hashable, Sendable {
    case unknownDevice
    /// This family cannot do that.
    case unfit(role: String, can: String)
    case noTarget
    case noUser

    /// For people.
    package var text: String {
        switch self {
        case .unknownDevice: "there is no device of this id"
        case .unfit(let role, let can): "it cannot be a \(role): its role is \(can)"
        case .noTarget: "only a sensor can have a target"
        case .noUser: "only what hears a heart can have a user"
        }
    }
}
