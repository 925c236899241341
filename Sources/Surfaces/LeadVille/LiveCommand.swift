import JSON

/// A client's command to the live socket.
enum LiveCommand: SocketCommand, Equatable {
    /// - Parameters:
    ///   - raw: whether to include the raw bytes of timers and sensors; nil leaves that unchanged.
    ///   - since: the latest event that the client knows; nil if it wants none that it missed.
    case subscribe([JSONValue], raw: Bool? = nil, since: UInt64? = nil)
    /// A subscription whose `since` is not the id of an event.
    case invalidSince
    case unsubscribe([JSONValue])
    case ping
    case getStatus
    /// Events of an application.
    case publish([JSONValue])
    case unknown(type: String)
    case invalid(detail: String)

    init?(type: String, _ object: JSONObject) {
        switch type {
        case "subscribe":
            let since = object["since"].flatMap { $0.isNull ? nil : $0 }
            let id = since?.integerValue.flatMap { UInt64(exactly: $0) }
            self =
                since != nil && id == nil
                ? .invalidSince
                : .subscribe(Self.channels(object), raw: object["raw"]?.booleanValue, since: id)
        case "unsubscribe": self = .unsubscribe(Self.channels(object))
        case "ping": self = .ping
        case "get_status": self = .getStatus
        case _ where ApplicationEventRequest.isEvent(type: type): self = .publish([.object(object)])
        default: return nil
        }
    }

    init?(list: [JSONValue]) {
        guard !list.isEmpty, list.allSatisfy({ Self.isEvent($0) }) else { return nil }
        self = .publish(list)
    }

    private static func isEvent(_ value: JSONValue) -> Bool {
        value["type"]?.stringValue.map(ApplicationEventRequest.isEvent) ?? false
    }

    private static func channels(_ object: JSONObject) -> [JSONValue] {
        switch object["channels"] {
        case .array(let channels)?: channels
        case .string(let channel)?: [.string(channel)]
        default: []
        }
    }
}
