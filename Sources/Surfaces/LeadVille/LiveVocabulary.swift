import Clocks
import Events
import JSON

/// How the live socket words its messages: LeadVille has three servers, whose clients expect different messages.
package enum LiveVocabulary: Int, CaseIterable, Sendable {
    /// `/ws/live` on port 8000: everything that is not an event is a `status`.
    case status
    /// The stand-alone server on port 8765: `welcome`, `subscription_ack`, `timer_start`.
    case standAlone
    /// `/ws/live` on port 8001: `connection_established`, and events with their channel.
    case streamer

    /// What a client receives before it subscribes, as from the original.
    var defaultChannels: Channels {
        switch self {
        case .status: .original
        case .standAlone: [.original, .healthStatus, .sessionUpdates]
        case .streamer: [.status, .sensorEvent, .timerEvent, .healthStatus]
        }
    }

    /// Whether a client's first events wait a moment for its subscription, which may ask for earlier ones.
    var waitsForSubscription: Bool { self != .standAlone }

    /// Whether a client's first subscription adds to these channels or replaces them.
    var firstSubscriptionAdds: Bool { self == .streamer }

    var replies: any LiveReplies.Type {
        switch self {
        case .status: LiveReplyJSON.self
        case .standAlone: StandAloneReplyJSON.self
        case .streamer: StreamerReplyJSON.self
        }
    }
}

/// The messages to one client. Nil is silence, where the original is silent.
protocol LiveReplies {
    /// What a client receives when it connects.
    static func greeting(_ status: LiveStatus, at time: WallTime) -> [[UInt8]]
    static func subscribed(
        to names: [JSONValue], unknown: [JSONValue], channels: Channels, at time: WallTime
    ) -> [UInt8]
    static func unsubscribed(
        from names: [JSONValue], unknown: [JSONValue], remaining: Channels, at time: WallTime
    ) -> [UInt8]?
    static func pong(at time: WallTime) -> [UInt8]
    static func status(_ status: LiveStatus, at time: WallTime) -> [UInt8]
    static func unknownType(_ type: String, at time: WallTime) -> [UInt8]?
    static func invalidJSON(_ detail: String, at time: WallTime) -> [UInt8]
    static func published(_ ids: [UInt64], at time: WallTime) -> [UInt8]
    /// The events that a client wanted to publish were rejected.
    static func rejected(_ message: String, reason: String, at time: WallTime) -> [UInt8]
    static func dropped(_ messages: Int, at time: WallTime) -> [UInt8]
}

/// A reply that begins with its type.
protocol TypedReply {
    var writer: JSONWriter { get set }
    init(_ type: StaticString, at time: WallTime)
    mutating func finish() -> [UInt8]
}

extension LiveReplies where Self: TypedReply {
    static func published(_ ids: [UInt64], at time: WallTime) -> [UInt8] {
        var reply = Self("events_published", at: time)
        reply.writer.array("ids", ids) { $1.integer($0) }
        return reply.finish()
    }

    static func rejected(_ message: String, reason: String, at time: WallTime) -> [UInt8] {
        var reply = Self("error", at: time)
        reply.writer.member("message", message)
        reply.writer.member("reason", reason)
        return reply.finish()
    }
}

/// The state of the live socket as one client sees it.
struct LiveStatus {
    let version: String
    let uptime: Nanoseconds
    let clients: Int
    let subscribed: Channels
    let latestEventID: UInt64
    /// The number of the client.
    let client: UInt64
}
