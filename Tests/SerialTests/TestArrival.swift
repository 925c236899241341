import Reactor

@testable import Serial

/// Whoever listens to a port, and can be waited for.
@ReactorActor
final class SerialPortRecorder {
    private(set) var disconnects = 0
    var onBytes: (() -> Void)?
    private var all: [UInt8] = []
    private var waiting: (isDone: () -> Bool, continuation: CheckedContinuation<Void, Never>)?

    func open(
        _ path: String, _ settings: SerialSettings = SerialSettings(), calls: SerialSystemCalls = .kernel
    ) throws(SerialError) -> SerialPort {
        try SerialPort(opening: path, settings, calls: calls) {
            self.receive($0)
        } onDisconnect: {
            self.disconnects += 1
            self.resumeIfDone()
        }
    }

    func receive(_ bytes: ArraySlice<UInt8>) {
        all += bytes
        onBytes?()
        resumeIfDone()
    }

    /// Everything that was heard, once it is at least so much.
    func bytes(_ count: Int) async -> [UInt8] {
        await waitUntil { self.all.count >= count }
        return all
    }

    func waitForDisconnect() async {
        await waitUntil { self.disconnects > 0 }
    }

    private func waitUntil(_ isDone: @escaping () -> Bool) async {
        guard !isDone() else { return }
        await withCheckedContinuation { waiting = (isDone, $0) }
    }

    private func resumeIfDone() {
        guard let waiting, waiting.isDone() else { return }
        self.waiting = nil
        waiting.continuation.resume()
    }
}

/// Lets the loop go round a few times, so that whatever is waiting to be reported is.
func loopIterations(_ count: Int) async {
    for _ in 0..<count { try? await EventLoop.shared.timers.sleep(for: .milliseconds(1)) }
}
