import Reactor

/// A body that is made while it is sent: each piece when the client has taken the one before. However long it is, it
/// costs no more memory than a piece, and a client that reads slowly has it made slowly.
@ReactorActor
package final class HTTPBodyStream {
    package enum Piece: Hashable, Sendable {
        case bytes([UInt8])
        case end
        /// The rest cannot be made. The connection is cut, so that nobody takes a part for the whole.
        case broken
    }

    private var make: (@ReactorActor () async -> Piece)?
    private var whenOver: (@ReactorActor () -> Void)?
    private var task: Task<Void, Never>?

    /// - Parameter whenOver: called once, when the last piece has been made or nobody wants any more of them.
    package init(
        _ make: @escaping @ReactorActor () async -> Piece, whenOver: @escaping @ReactorActor () -> Void = {}
    ) {
        self.make = make
        self.whenOver = whenOver
    }

    /// Has the next piece made. One at a time.
    func next(_ deliver: @escaping @ReactorActor (Piece) -> Void) {
        guard let make else { return }
        task = Task { @ReactorActor [weak self] in
            var piece = await make()
            // An empty one says nothing, and on the wire it would be the end.
            while piece == .bytes([]), !Task.isCancelled { piece = await make() }
            guard let self, self.make != nil else { return }
            if case .bytes = piece {} else { end() }
            deliver(piece)
        }
    }

    /// Nobody wants any more of it.
    func abandon() {
        task?.cancel()
        end()
    }

    private func end() {
        make = nil
        let tell = whenOver.take()
        tell?()
    }
}

extension HTTPBodyStream: Hashable {
    package nonisolated static func == (left: HTTPBodyStream, right: HTTPBodyStream) -> Bool { left === right }

    package nonisolated func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
