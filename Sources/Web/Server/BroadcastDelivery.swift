import Network
import Reactor

/// Sends the bytes of a broadcast to its clients, to many with one system call.
///
/// Nothing else happens until all have been sent to: a client found closed leaves its group, and its service may send more or
/// close others.
@ReactorActor
final class BroadcastDelivery {
    private let sends: SendBatch
    /// The clients of the next system call.
    private var joined: [ClientConnection] = []
    /// The clients whose sockets did not accept everything.
    private var unfinished: [(connection: ClientConnection, outcome: StreamSocket.Outcome)] = []

    init(_ sends: SendBatch) {
        self.sends = sends
    }

    /// Sends `bytes`, which are those of the batch, from `start` on, at once or with `finish`.
    func add(_ connection: ClientConnection, _ batch: FrameBatch, _ bytes: [UInt8], from start: Int) {
        if connection.join(sends, from: start) {
            joined.append(connection)
            if sends.isFull { sendJoined(batch, bytes) }
        } else if let outcome = connection.deliver(batch, bytes, from: start) {
            unfinished.append((connection, outcome))
        }
    }

    func finish(_ batch: FrameBatch, _ bytes: [UInt8]) {
        if !joined.isEmpty { sendJoined(batch, bytes) }
        guard !unfinished.isEmpty else { return }
        let unfinished = unfinished
        self.unfinished.removeAll()
        for (connection, outcome) in unfinished { connection.finishBroadcast(outcome) }
    }

    private func sendJoined(_ batch: FrameBatch, _ bytes: [UInt8]) {
        if !sends.send(bytes) {
            for (index, connection) in joined.enumerated() {
                let (start, outcome) = sends.result(at: index)
                if !connection.accepted(outcome, of: batch, from: start, to: bytes.count) {
                    unfinished.append((connection, outcome))
                }
            }
        }
        sends.removeAll()
        joined.removeAll(keepingCapacity: true)
    }
}
