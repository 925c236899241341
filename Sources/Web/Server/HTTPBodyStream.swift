import Reactor

/// A body produced while it is sent: each piece once the client has taken the previous one. Memory use is bounded by
/// one piece, and production follows the speed of the client.
@ReactorActor
package final class HTTPBodyStream {
    package enum Piece: Hashable, Sendable {
        case bytes([UInt8])
        case end
        /// The rest cannot be produced. The connection is cut, so that the client does not take the part for the whole.
        case failed
    }

    private var produce: (@ReactorActor () async -> Piece)?
    private var onFinish: (@ReactorActor () -> Void)?
    private var task: Task<Void, Never>?

    /// - Parameter onFinish: called once, after the last piece or when the body is no longer needed.
    package init(
        _ produce: @escaping @ReactorActor () async -> Piece, onFinish: @escaping @ReactorActor () -> Void = {}
    ) {
        self.produce = produce
        self.onFinish = onFinish
    }

    /// Produces the next piece. Call it for one piece at a time.
    func next(_ deliver: @escaping @ReactorActor (Piece) -> Void) {
        guard let produce else { return }
        task = Task { @ReactorActor [weak self] in
            var piece = await produce()
            // An empty chunk would mark the end of the body.
            while piece == .bytes([]), !Task.isCancelled { piece = await produce() }
            guard let self, self.produce != nil else { return }
            if case .bytes = piece {} else { end() }
            deliver(piece)
        }
    }

    /// Ends the stream early.
    func cancel() {
        task?.cancel()
        end()
    }

    private func end() {
        produce = nil
        onFinish.take()?()
    }
}

extension HTTPBodyStream: Hashable {
    package nonisolated static func == (left: HTTPBodyStream, right: HTTPBodyStream) -> Bool { left === right }

    package nonisolated func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Sends a streamed body: requests each piece when the client has taken the previous one.
@ReactorActor
final class HTTPBodySender {
    enum Outcome: Hashable, Sendable {
        case sent
        /// The stream failed before its end.
        case failed
    }

    private let connection: ClientConnection
    private let stream: HTTPBodyStream
    private let isChunked: Bool
    private let onFinish: (Outcome) -> Void
    /// A piece is being produced.
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

    /// All output has been sent: there is room for the next piece.
    func drained() {
        guard !isProducing else { return }
        isProducing = true
        stream.next { [weak self] in self?.send($0) }
    }

    /// Whether the producer or the client has made progress since the last call.
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
