import Reactor
import Signals
import Web

/// Encodes a reply in pieces and sends it to all clients that wait for it.
@ReactorActor
final class HeartReplyAssembly: QueuedWorker {
    /// How much is encoded before others are served.
    static let pieceBytes = 65_536

    private var reply: HeartTableReply
    private var clients: [WebSocketClient] = []
    /// Encodes the next piece. Returns whether there are more.
    private let encode: (inout HeartTableReply) -> Bool
    private let finish: (inout HeartTableReply) -> ArraySlice<UInt8>

    init(
        _ reply: HeartTableReply, for client: WebSocketClient,
        encode: @escaping @ReactorActor (inout HeartTableReply) -> Bool,
        finish: @escaping @ReactorActor (inout HeartTableReply) -> ArraySlice<UInt8>
    ) {
        self.reply = reply
        self.encode = encode
        self.finish = finish
        add(client)
    }

    /// The client's further messages wait until it has received the reply.
    func add(_ client: WebSocketClient) {
        client.pause()
        clients.append(client)
    }

    func performShare() {
        if encode(&reply) { return EventLoop.shared.workQueue.add(self) }
        let text = finish(&reply)
        // A short reply is compressed for the clients that negotiated it; a long one is the same bytes for all.
        let message = text.count > Deflater.maximumBytes ? FrameBatch(message: text) : nil
        for client in clients where client.isOpen {
            if let message { client.send(message) } else { client.send(Array(text)) }
            client.resume()
        }
    }
}

/// The position of a new client in the latest messages of all users, which it receives as it has room for them.
struct HeartReplay {
    /// Later events reach the client without the replay.
    let latestEvent: UInt64
    private var next = 0
    private var removedUsers: Int

    init(_ users: HeartUsers, latestEvent: UInt64) {
        self.latestEvent = latestEvent
        removedUsers = users.removedUsers
    }

    /// The next user. When users were removed meanwhile, some are repeated, but none is left out.
    mutating func next(in users: HeartUsers) -> HeartUsers.Entry? {
        next = max(0, next - (users.removedUsers - removedUsers))
        removedUsers = users.removedUsers
        guard next < users.entries.count else { return nil }
        defer { next += 1 }
        return users.entries[next]
    }
}
