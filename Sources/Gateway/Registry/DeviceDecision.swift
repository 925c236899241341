/// What the user wants of a device: what is nil stays as it is.
struct DeviceDecision: Hashable, Sendable {
    /// An empty name takes the given one away.
    var name: String?
    /// The name of a role.
    var role: String?
    /// An empty target takes the sensor off its target.
    var target: String?
    /// A user that is nil takes the board or strap off its user.
    var user: Int64??
    var adopt: Bool?
    var forget = false
}

/// What has become of a device by the user's decision, told to those who hold its link.
struct DeviceDecisionOutcome: OptionSet, Hashable, Sendable {
    let rawValue: Int

    static let adopted = Self(rawValue: 1)
    /// It is not to be used any more.
    static let released = Self(rawValue: 2)
    static let renamed = Self(rawValue: 4)
    /// It has another role, target or user.
    static let reassigned = Self(rawValue: 8)
}

/// Why a decision cannot be followed.
enum DeviceDecisionError: Error, Hashable, Sendable {
    case unknownDevice
    /// This family cannot do that.
    case unfit(role: String, can: String)
    case noTarget
    case noUser

    /// For people.
    var text: String {
        switch self {
        case .unknownDevice: "there is no device of this id"
        case .unfit(let role, let can): "it cannot be a \(role): its role is \(can)"
        case .noTarget: "only a sensor can have a target"
        case .noUser: "only what hears a heart can have a user"
        }
    }
}
