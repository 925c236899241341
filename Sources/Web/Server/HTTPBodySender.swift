import Reactor

/// Sends a body that is made while it is sent: asks for a piece, and for the next one when the client has taken that.
@ReactorActor
final class HTTPBodySender {
    enum Outcome: Hashable, Sendable {
        case sent
        /// It ended before its end.
        case broken
    }

    private let connection: ClientConnection
    private let stream: HTTPBodyStream
    private let isChunked: Bool
    private let finished: (Outcome) -> Void
    /// A piece is being made.
    private var isMaking = false
    private var progress = Progress()
    private var progressAtLastLook = Progress()

    private struct Progress: Equatable {
        var pieces = 0
        var waiting = 0
    }

    init(
        _ stream: HTTPBodyStream, chunked: Bool, over connection: ClientConnection,
        finished: @escaping @ReactorActor (Outcome) -> Void
    ) {
        self.stream = stream
        isChunked = chunked
        self.connection = connection
        self.finished = finished
    }

    /// What has been sent so far has reached the system: there is room for the next piece.
    func drained() {
        guard !isMaking else { return }
        isMaking = true
        stream.next { [weak self] in self?.send($0) }
    }

    /// Whether anything has become of it since this was last asked: not if its maker, or the client, has stood still.
    func hasMoved() -> Bool {
        progress.waiting = connection.queuedBytes
        defer { progressAtLastLook = progress }
        return progress != progressAtLastLook
    }

    func abandon() { stream.abandon() }

    private func send(_ piece: HTTPBodyStream.Piece) {
        isMaking = false
        progress.pieces += 1
        switch piece {
        case .bytes(let bytes):
            connection.send(FrameBatch(answer: isChunked ? HTTPResponse.chunk(bytes) : bytes))
        case .end:
            if isChunked { connection.send(FrameBatch(answer: HTTPResponse.chunk([]))) }
            finished(.sent)
        case .broken: finished(.broken)
        }
    }
}
