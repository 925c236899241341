import Reactor
import Web

/// Sends a client of the live socket what it missed, as fast as it reads.
@ReactorActor
final class LiveResume {
    private let client: WebSocketClient
    private let replay: EventReplay
    private let onFinish: (Int) -> Void
    private var isCancelled = false
    /// The replay waits until the client has room for more.
    private var waiter: CheckedContinuation<Void, Never>?

    /// - Parameter onFinish: is called with the number of events, as soon as none is missing.
    init(_ client: WebSocketClient, _ replay: EventReplay, onFinish: @escaping @ReactorActor (Int) -> Void) {
        self.client = client
        self.replay = replay
        self.onFinish = onFinish
    }

    func start() {
        Task { @ReactorActor in await run() }
    }

    func cancel() {
        isCancelled = true
        wake()
    }

    private func run() async {
        defer { replay.close() }
        while !isCancelled {
            if let messages = await replay.next() {
                guard !isCancelled else { return }
                client.send(FrameBatch(direct: messages))
                await waitForRoom()
            } else if replay.isCaughtUp {
                return onFinish(replay.count)
            }
        }
    }

    private func waitForRoom() async {
        await withCheckedContinuation { continuation in
            waiter = continuation
            client.send { [weak self] in
                self?.wake()
                return nil
            }
            // A closed client has no room, and cancels.
            if !client.isOpen { wake() }
        }
    }

    private func wake() { waiter.take()?.resume() }
}
