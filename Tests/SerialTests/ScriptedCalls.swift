import Glibc
import Synchronization

@testable import Serial

/// Reads that go as they are told to: so many bytes of the real ones, or a result. Afterwards they are as the kernel's.
final class ReadScript: Sendable {
    private let results: Mutex<(rest: [Int], count: Int)>

    init(_ results: [Int]) {
        self.results = Mutex((results, 0))
    }

    /// How many of them have been made up so far.
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

/// Counts calls.
final class CallCount: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// Which calls were made, in order.
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
