import Events
import JSON

/// What a client of the live socket can say.
enum LiveCommand: Equatable {
    /// `raw`: whether the bytes are wanted too that a timer's or a sensor's word came in; nil when nothing is said of that.
    case subscribe([JSONValue], raw: Bool? = nil)
    case unsubscribe([JSONValue])
    case ping
    case getStatus
    /// Understood as JSON, but not as a command. The type as it is shown back to the client.
    case unknown(type: String)
    /// No JSON object; says what is wrong and where.
    case invalid(detail: String)

    /// Commands are small: what is longer or deeper than this is no command.
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
        switch object["type"]?.stringValue {
        case "subscribe": return .subscribe(channels(object), raw: object["raw"]?.booleanValue)
        case "unsubscribe": return .unsubscribe(channels(object))
        case "ping": return .ping
        case "get_status": return .getStatus
        // The original shows a missing type in Python's words, and clients' logs are searched for them.
        default: return .unknown(type: object["type"].map { $0.stringValue ?? $0.description } ?? "None")
        }
    }

    private static func channels(_ object: JSONObject) -> [JSONValue] {
        switch object["channels"] {
        case .array(let channels)?: channels
        case .string(let channel)?: [.string(channel)]
        default: []
        }
    }
}

extension Channels {
    /// The channels among the names; `unknown` gets what is none.
    init(named names: [JSONValue], unknown: inout [JSONValue]) {
        self = []
        for name in names {
            if let channel = name.stringValue.flatMap(Channel.init(name:)) {
                insert(Self(channel))
            } else {
                unknown.append(name)
            }
        }
    }
}
