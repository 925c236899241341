import Devices
import Drivers
import Serial

/// What can be said of a serial port after a scan was allowed to listen.
enum PortScanResult: Equatable, Sendable {
    /// Nobody may listen to it.
    case skipped(because: String)
    /// The configuration says what it is, so that nobody has to listen.
    case configured(SerialPolicy.Plan)
    case recognised(SerialMatch)
    case unknown(because: String)
    case unavailable(SerialError)
}

extension PortScanResult {
    /// Of a search whose time is up.
    init(_ search: SerialSearch) {
        switch search.identification {
        case .recognised(let finding): self = .recognised(finding)
        case .unsure(let reason) where search.hasReceivedBytes && search.untriedRates > 0:
            self = .unknown(because: "\(reason); there was no time for \(search.untriedRates) other speeds")
        case .unsure(let reason): self = .unknown(because: reason)
        }
    }

    var family: String? {
        switch self {
        case .configured(let plan): plan.device.rawValue
        case .recognised(let finding): finding.device.rawValue
        case .skipped, .unknown, .unavailable: nil
        }
    }

    /// Only what was understood beyond doubt is recognised at all.
    var confidence: String? {
        if case .recognised = self { "certain" } else { nil }
    }

    /// A port that should have been listened to, and could not; that somebody uses it is no trouble.
    var problem: String? {
        switch self {
        case .unavailable(.busy), .skipped, .configured, .recognised, .unknown: nil
        case .unavailable(let error): "\(error)"
        }
    }

    /// For people.
    var text: String {
        switch self {
        case .skipped(let reason): "not listened to: \(reason)"
        case .configured: "not listened to: serial.ports says what it is"
        case .recognised(let finding): "recognised: \(finding)"
        case .unknown(let reason): "not recognised: \(reason)"
        case .unavailable(.busy(_, let holder?)) where holder.hasPrefix(GatewayProcess.name):
            "not listened to: in use by the running gateway\(holder.dropFirst(GatewayProcess.name.count)); "
                + "its /api/serial says what is there"
        case .unavailable(let error): "not listened to: \(error)"
        }
    }
}
