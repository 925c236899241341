import Events
import JSON

/// What a client of the broadcast can ask.
enum HeartCommand: Equatable {
    case getStatus
    case getLatest(HeartUser?)
    case getSignalHistory(HeartUser?)
    case getAllStatistics
    /// Understood as JSON, but not as a command. The type as it is shown back to the client.
    case unknown(type: String)
    /// No JSON object; says what is wrong and where.
    case invalid(detail: String)

    static let limits: JSONLimits = {
        var limits = JSONLimits.standard
        limits.depth = 8
        limits.bytes = 65_536
        return limits
    }()

    init(_ message: [UInt8]) {
        do {
            self = try Self.command(JSONValue(parsing: message, limits: Self.limits))
        } catch {
            self = .invalid(detail: error.description)
        }
    }

    private static func command(_ value: JSONValue) -> Self {
        guard let object = value.objectValue else { return .invalid(detail: "a command is a JSON object") }
        let user = object["user_id"].flatMap(HeartUser.init(json:))
        switch object["type"]?.stringValue {
        case "get_status": return .getStatus
        case "get_latest": return .getLatest(user)
        case "get_signal_history": return .getSignalHistory(user)
        case "get_all_statistics": return .getAllStatistics
        default: return .unknown(type: object["type"].map { $0.stringValue ?? $0.description } ?? "None")
        }
    }
}

extension HeartUser {
    /// Nil for what cannot name a user.
    init?(json: JSONValue) {
        switch json {
        case .null: self = .null
        case .boolean(let value): self.init(value)
        case .integer(let value): self = .number(value)
        case .number(let value): self.init(value)
        case .string(let text): self = .text(text)
        case .array, .object: return nil
        }
    }
}
