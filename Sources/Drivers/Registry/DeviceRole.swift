import Events

/// What a device is for.
package enum DeviceRole: Hashable, Sendable {
    case timer
    /// Feels the hits of a target; nil while nobody has said of which.
    case sensor(target: String?)
    /// Hears the heart of a user; nil while nobody has said of whom.
    case heart(user: Int64?)
    case mat
    case phone

    /// What devices of a family are for, as long as nobody says more.
    init(of family: DeviceFamily) {
        switch family {
        case .amgCommander, .sgTimer, .specialPie: self = .timer
        case .bt50: self = .sensor(target: nil)
        case .esp32Heart, .heartStrap: self = .heart(user: nil)
        case .pressureMat: self = .mat
        case .sensorLogger: self = .phone
        }
    }

    /// A stable name.
    package var name: String {
        switch self {
        case .timer: "timer"
        case .sensor: "sensor"
        case .heart: "heart"
        case .mat: "mat"
        case .phone: "phone"
        }
    }

    package var target: String? {
        if case .sensor(let target) = self { target } else { nil }
    }

    var user: Int64? {
        if case .heart(let user) = self { user } else { nil }
    }

    /// The same, for this target.
    func assigned(to target: String?) -> Self {
        if case .sensor = self { .sensor(target: target) } else { self }
    }

    /// The same, for this user.
    func assigned(to user: Int64?) -> Self {
        if case .heart = self { .heart(user: user) } else { self }
    }
}
