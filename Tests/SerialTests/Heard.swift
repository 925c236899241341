import Reactor

@testable import Serial

/// Whoever listens to a port, and can be waited for.
@ReactorActor
final class Heard {
    private(set) var ends = 0
    var onBytes: (() -> Void)?
    private var all: [UInt8] = []
    private var waiting: (isDone: () -> Bool, continuation: CheckedContinuation<Void, Never>)?

    func open(
        _ path: String, _ settings: SerialSettings = SerialSettings(), calls: SerialCalls = .kernel
    ) throws(SerialError) -> SerialPort {
        try SerialPort(opening: path, settings, calls: calls) {
            self.take($0)
        } gone: {
            self.ends += 1
            self.wake()
        }
    }

    func take(_ bytes: ArraySlice<UInt8>) {
        all += bytes
        onBytes?()
        wake()
    }

    /// Everything that was heard, once it is at least so much.
    func bytes(_ count: Int) async -> [UInt8] {
        await until { self.all.count >= count }
        return all
    }

    func end() async {
        await until { self.ends > 0 }
    }

    private func until(_ isDone: @escaping () -> Bool) async {
        guard !isDone() else { return }
        await withCheckedContinuation { waiting = (isDone, $0) }
    }

    private func wake() {
        guard let waiting, waiting.isDone() else { return }
        self.waiting = nil
        waiting.continuation.resume()
    }
}

/// Lets the loop go round a few times, so that whatever is waiting to be reported is.
func turns(_ count: Int) async {
    for _ in 0..<count { try? await EventLoop.shared.timers.sleep(for: .milliseconds(1)) }
}
