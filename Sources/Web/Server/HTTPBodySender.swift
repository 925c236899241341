import Reactor

/// Sends a body that is made while it is sent: asks for a piece, and for the next one when the client has taken that.
@ReactorActor
final class HTTPBodySender {
    enum Outcome: Hashable, Sendable {
        case sent
        /// It ended before its end.
        case failed
    }

    private let connection: ClientConnection
    private let stream: HTTPBodyStream
    private let isChunked: Bool
    private let onFinish: (Outcome) -> Void
    /// A piece is being made.
    private var isProducing = false
    private var progress = Progress()
    private var lastProgress = Progress()

    private struct Progress: Equatable {
        var pieces = 0
        var waiting = 0
    }

    init(
        _ stream: HTTPBodyStream, chunked: Bool, over connection: ClientConnection,
        onFinish: @escaping @ReactorActor (Outcome) -> Void
    ) {
        self.stream = stream
        isChunked = chunked
        self.connection = connection
        self.onFinish = onFinish
    }

    /// What has been sent so far has reached the system: there is room for the next piece.
    func drained() {
        guard !isProducing else { return }
        isProducing = true
        stream.next { [weak self] in self?.send($0) }
    }

    /// Whether anything has become of it since this was last asked: not if its maker, or the client, has stood still.
    func hasProgressed() -> Bool {
        progress.waiting = connection.queuedBytes
        defer { lastProgress = progress }
        return progress != lastProgress
    }

    func cancel() { stream.cancel() }

    private func send(_ piece: HTTPBodyStream.Piece) {
        isProducing = false
        progress.pieces += 1
        switch piece {
        case .bytes(let bytes):
            connection.send(FrameBatch(direct: isChunked ? HTTPResponse.chunk(bytes) : bytes))
        case .end:
            if isChunked { connection.send(FrameBatch(direct: HTTPResponse.chunk([]))) }
            onFinish(.sent)
        case .failed: onFinish(.failed)
        }
    }
}
