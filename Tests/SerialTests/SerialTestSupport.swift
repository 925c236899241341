import Glibc
import Reactor
import Synchronization

@testable import Serial

/// Records what a port delivers; tests can wait for it.
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

    /// All received bytes, once there are at least `count`.
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

/// Lets the event loop run a few iterations, so that pending reports are delivered.
func loopIterations(_ count: Int) async {
    for _ in 0..<count { try? await EventLoop.shared.timers.sleep(for: .milliseconds(1)) }
}

/// Scripted reads: a positive number limits a real read, any other is returned as its result. Then real reads.
final class ReadScript: Sendable {
    private let results: Mutex<(rest: [Int], count: Int)>

    init(_ results: [Int]) {
        self.results = Mutex((results, 0))
    }

    /// The number of results that were scripted instead of read.
    var reads: Int { results.withLock { $0.count } }

    var calls: SerialSystemCalls {
        var calls = SerialSystemCalls.kernel
        calls.read = { [self] number, buffer in
            let result = results.withLock { script -> Int? in
                guard !script.rest.isEmpty else { return nil }
                if script.rest[0] <= 0 { script.count += 1 }
                return script.rest.removeFirst()
            }
            guard let result else { return SerialSystemCalls.kernel.read(number, buffer) }
            guard result > 0 else { return result }
            return SerialSystemCalls.kernel.read(number, UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(result)))
        }
        return calls
    }
}

final class CallCount: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// Logs the names of calls in order.
final class CallLog: Sendable {
    private let log = Mutex<[String]>([])

    var names: [String] { log.withLock { $0 } }

    func recording(_ calls: SerialSystemCalls) -> SerialSystemCalls {
        var recorded = calls
        recorded.open = { [self] in append("open", calls.open($0)) }
        recorded.lock = { [self] in append("lock", calls.lock($0)) }
        recorded.setLines = { [self] in append($1 == .asserted ? "asserted" : "released", calls.setLines($0, $1)) }
        recorded.setExclusive = { [self] in append($1 ? "exclusive" : "shared", calls.setExclusive($0, $1)) }
        recorded.configure = { [self] in append("configure", calls.configure($0, $1)) }
        recorded.lowerLatency = { [self] in append("lowerLatency", calls.lowerLatency($0)) }
        recorded.discard = { [self] in
            _ = append("discard", 0)
            calls.discard($0)
        }
        return recorded
    }

    private func append(_ name: String, _ result: Int32) -> Int32 {
        log.withLock { $0.append(name) }
        return result
    }
}
