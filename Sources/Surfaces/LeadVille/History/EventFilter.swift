import Events

/// The events that a client still has to receive.
struct EventFilter: Hashable, Sendable {
    let channels: Channels
    private let received: ReceivedEvents
    private let receivedThrough: UInt64

    /// - Parameters:
    ///   - received: what the client has received already
    ///   - latest: the latest event when that was so: it has not received what happened since
    init(_ channels: Channels, without received: ReceivedEvents = ReceivedEvents(), through latest: UInt64 = .max) {
        self.channels = channels
        self.received = received
        receivedThrough = latest
    }

    func contains(_ channel: Channel, _ id: UInt64) -> Bool {
        channels.contains(channel) && (id <= received[channel] || id > receivedThrough)
    }

    /// The kinds of stored events that may be among them.
    var kinds: Set<EventKind> {
        var kinds: Set<EventKind> = []
        for kind in EventKind.allCases {
            if let channel = kind.channel, channels.contains(channel) { kinds.insert(kind) }
        }
        if !channels.isDisjoint(with: .original) { kinds.insert(.application) }
        if channels.contains(.sessionUpdates) { kinds.insert(.run) }
        return kinds
    }
}

/// Which events a client has received: of each channel all those above a number.
struct ReceivedEvents: Hashable, Sendable {
    private var above = SIMD16<UInt64>(repeating: .max)

    /// The highest possible number for a channel of which nothing was received.
    subscript(channel: Channel) -> UInt64 { above[channel.index] }

    /// The client now receives these channels, and no others, and has received everything above `id`.
    mutating func update(_ channels: Channels, above id: UInt64) {
        for channel in Channel.allCases {
            above[channel.index] = channels.contains(channel) ? min(above[channel.index], id) : .max
        }
    }
}

/// How messages are sent: as frames of a WebSocket, or as server-sent events.
enum EventFormat: Hashable, Sendable {
    case webSocket(LiveVocabulary)
    case serverSent

    var vocabulary: LiveVocabulary {
        switch self {
        case .webSocket(let vocabulary): vocabulary
        case .serverSent: .status
        }
    }
}
