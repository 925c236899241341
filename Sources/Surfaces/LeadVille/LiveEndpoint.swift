import Clocks
import JSON
import Reactor
import Web

/// The live socket in one vocabulary.
@ReactorActor
final class LiveEndpoint: WebSocketService {
    let settings: WebSocketSettings
    let deflater: Deflater?
    private unowned let socket: LiveSocket
    private let vocabulary: LiveVocabulary

    init(_ socket: LiveSocket, _ vocabulary: LiveVocabulary, settings: WebSocketSettings, deflater: Deflater?) {
        self.socket = socket
        self.vocabulary = vocabulary
        self.settings = settings
        self.deflater = deflater
    }

    /// LeadVille's Python client does not reconnect after 1001, because its library treats that as a regular end.
    var shutdownCode: WebSocketCloseCode { .serviceRestart }

    func connected(_ client: WebSocketClient) { socket.connected(client, vocabulary) }

    func receive(_ message: WebSocketMessage, from client: WebSocketClient) {
        socket.receive(LiveCommand(message.bytes), from: client, vocabulary)
    }

    func disconnected(_ client: WebSocketClient) { socket.disconnected(client) }

    func notice(ofDropped messages: Int) -> [UInt8]? {
        vocabulary.replies.dropped(messages, at: SystemClock.wall())
    }
}

/// What a client has subscribed to.
struct LiveSubscription: Hashable {
    let vocabulary: LiveVocabulary
    var channels: Channels
    var isRaw = false
    var frames = FrameDelivery()

    /// Those of which missed events can be sent again. They are sent as texts and at once.
    var replayedChannels: Channels { frames == FrameDelivery() ? channels : channels.subtracting(.pressure) }
}

/// Encodes a message at most once for each vocabulary, with and without raw bytes, and in binary, into memory that is
/// reused.
struct LiveEncoder {
    private var writers = [JSONWriter](
        repeating: JSONWriter(.spaced), count: 2 * LiveVocabulary.allCases.count)
    private var binary: [UInt8] = []
    private var isEncoded = [Bool](repeating: false, count: 2 * LiveVocabulary.allCases.count)

    /// Begins the next message.
    mutating func reset() {
        for index in isEncoded.indices { isEncoded[index] = false }
        binary.removeAll(keepingCapacity: true)
    }

    mutating func encodeBinary(_ write: (inout [UInt8]) -> Void) -> ArraySlice<UInt8> {
        if binary.isEmpty { write(&binary) }
        return binary[...]
    }

    mutating func encode(
        for subscription: LiveSubscription, _ write: (LiveSubscription, inout JSONWriter) -> Void
    ) -> ArraySlice<UInt8> {
        let index = 2 * subscription.vocabulary.rawValue + (subscription.isRaw ? 1 : 0)
        if !isEncoded[index] {
            writers[index].removeAll()
            write(subscription, &writers[index])
            isEncoded[index] = true
        }
        return writers[index].bytes
    }
}
