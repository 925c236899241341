import Reactor

/// A body that is made while it is sent: each piece when the client has taken the one before. However long it is, it
/// costs no more memory than a piece, and a client that reads slowly has it made slowly.
@ReactorActor
package final class HTTPBodyStream {
    package enum Piece: Hashable, Sendable {
        case bytes([UInt8])
        case end
        /// The rest cannot be made. The connection is cut, so that nobody takes a part for the whole.
        case failed
    }

    private var produce: (@ReactorActor () async -> Piece)?
    private var onFinish: (@ReactorActor () -> Void)?
    private var task: Task<Void, Never>?

    /// - Parameter whenOver: called once, when the last piece has been made or nobody wants any more of them.
    package init(
        _ make: @escaping @ReactorActor () async -> Piece, onFinish: @escaping @ReactorActor () -> Void = {}
    ) {
        self.produce = make
        self.onFinish = onFinish
    }

    /// Has the next piece made. One at a time.
    func next(_ deliver: @escaping @ReactorActor (Piece) -> Void) {
        guard let produce else { return }
        task = Task { @ReactorActor [weak self] in
            var piece = await produce()
            // An empty one says nothing, and on the wire it would be the end.
            while piece == .bytes([]), !Task.isCancelled { piece = await produce() }
            guard let self, self.produce != nil else { return }
            if case .bytes = piece {} else { end() }
            deliver(piece)
        }
    }

    /// Nobody wants any more of it.
    func cancel() {
        task?.cancel()
        end()
    }

    private func end() {
        produce = nil
        let tell = onFinish.take()
        tell?()
    }
}

extension HTTPBodyStream: Hashable {
    package nonisolated static func == (left: HTTPBodyStream, right: HTTPBodyStream) -> Bool { left === right }

    package nonisolated func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
