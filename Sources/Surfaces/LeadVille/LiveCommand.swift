import JSON

/// A client's command to the live socket.
enum LiveCommand: SocketCommand, Equatable {
    /// - Parameters:
    ///   - raw: whether to include the raw bytes of timers and sensors; nil leaves that unchanged.
    ///   - frames: how the client receives frames of mats from now on.
    ///   - since: the latest event that the client knows; nil if it wants none that it missed.
    case subscribe(
        [JSONValue], raw: Bool? = nil, frames: FrameDelivery.Change = FrameDelivery.Change(), since: UInt64? = nil)
    /// A subscription with a member that is not valid. The text says what it must be.
    case invalidSubscription(String)
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
            self = Self.subscription(object)
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

    private static func subscription(_ object: JSONObject) -> Self {
        let since = object["since"].flatMap { $0.isNull ? nil : $0 }
        let id = since?.integerValue.flatMap { UInt64(exactly: $0) }
        if since != nil, id == nil { return .invalidSubscription("since must be the id of an event, a whole number") }
        do throws(FrameDelivery.Invalid) {
            let frames = try FrameDelivery.Change(object)
            return .subscribe(channels(object), raw: object["raw"]?.booleanValue, frames: frames, since: id)
        } catch {
            return .invalidSubscription(error.message)
        }
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
