import CAllocationCounter
import Clocks
import Glibc
import Reactor
import Store

/// Measures the cost of an event: on the reactor when it is appended, and on the disk when it is stored.
///
///     store-costs FILE [--only-appending | --frames]
///
/// It prints `append-nanoseconds`, `append-allocations`, and for commits of several sizes `bytes-per-entry SIZE BYTES`
/// (as the kernel counts what is handed to the disk) and `commit-microseconds SIZE MEDIAN`. With `--frames`
/// it writes frames of workouts instead, and prints their rate, and their size as encoded and as written to the disk.
@main
struct StoreCosts {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        let options = arguments.dropFirst()
        guard let path = arguments.first, options.allSatisfy({ ["--only-appending", "--frames"].contains($0) }) else {
            print("usage: store-costs FILE [--only-appending | --frames]")
            exit(2)
        }
        let sizes = arguments.count == 1 ? [1, 10, 30, 64, 100] : []
        ReactorExecutor.shared.runOnThisThread {
            Task {
                do {
                    if options.contains("--frames") {
                        try await FrameMeasurement(path).run()
                    } else {
                        try await Measurement(path).run(groupsOf: sizes)
                    }
                    exit(0)
                } catch {
                    print("error \(error)")
                    exit(1)
                }
            }
        }
    }
}

/// Commits in groups of a given size.
@ReactorActor
final class Measurement {
    private let path: String
    private var sequence: Int64 = 0
    private var committed: [CommitReceipt] = []
    private var awaited: (through: Int64, continuation: CheckedContinuation<Void, Never>)?

    private static let body = Array(
        """
        {"type":"heart_rate","id":123456,"timestamp":"2026-09-13T18:30:45.123Z","device":"esp32-1","user":1,"bpm":76,\
        "raw_bpm":77.4,"average":75.9,"status":"ok","quality":"good","stale":false,"beat":812}
        """.utf8)

    init(_ path: String) {
        self.path = path
    }

    func run(groupsOf sizes: [Int]) async throws {
        try await measureAppending()
        for size in sizes { try await measureCommits(groupSize: size) }
    }

    /// In the steady state: batches of 64, in a ring buffer that has reached its size.
    private func measureAppending() async throws {
        let store = try await store(groups: 64)
        var times: [Int64] = []
        var allocations: UInt64 = 0
        for round in 0..<200 {
            let entries = (0..<64).map { entry(Int64($0) + 1) }
            let allocated = allocation_count()
            let began = SystemClock.monotonic()
            // Without optimisation an iterator allocates.
            var next = 0
            while next < entries.count {
                store.append(entries[next])
                next += 1
            }
            let took = SystemClock.monotonic() - began
            if round >= 50 {
                times.append(took.count)
                allocations += allocation_count() - allocated
            }
            sequence += 64
            await waitUntilDurable(sequence)
        }
        print("append-nanoseconds \(times.sorted()[times.count / 2] / 64)")
        print("append-allocations \(Double(allocations) / Double(64 * times.count))")
        _ = await store.close(within: .seconds(30))
    }

    private func measureCommits(groupSize size: Int) async throws {
        let store = try await store(groups: size)
        let groups = max(20, 2_000 / size)
        committed = []
        let before = try WrittenBytes.count()
        for _ in 0..<groups {
            for offset in 1...size { store.append(entry(Int64(offset)), size == 1 ? .urgent : .telemetry) }
            sequence += Int64(size)
            await waitUntilDurable(sequence)
        }
        _ = await store.close(within: .seconds(30))
        let bytes = try WrittenBytes.count() - before
        let times = committed.map(\.duration.count).sorted()
        print("bytes-per-entry \(size) \(bytes / (groups * size))")
        print("commit-microseconds \(size) \(times[times.count / 2] / 1_000)")
    }

    private func entry(_ offset: Int64) -> JournalEntry {
        JournalEntry(
            sequence: sequence + offset, time: SystemClock.wall(), kind: "heart_rate", source: "esp32/heart/1",
            body: Self.body)
    }

    private func store(groups: Int) async throws -> DataStore {
        var options = StoreOptions(path: path)
        options.batching.fullBatch = groups
        let store = try DataStore(options, timers: EventLoop.shared.timers)
        store.onCommit = { [self] receipt in
            committed.append(receipt)
            guard let through = receipt.through, let awaited, through >= awaited.through else { return }
            self.awaited = nil
            awaited.continuation.resume()
        }
        sequence = await store.start(within: .seconds(30)).resumeSequence
        return store
    }

    /// Waits until this entry is durable.
    private func waitUntilDurable(_ sequence: Int64) async {
        await withCheckedContinuation { awaited = (sequence, $0) }
    }
}

/// What this process has handed to the disk, as the kernel counts it.
enum WrittenBytes {
    static func count() throws -> Int {
        let file = open("/proc/self/io", O_RDONLY)
        guard file >= 0 else { throw SystemError("open /proc/self/io") }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = read(file, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("write_bytes: ") }
        return line.flatMap { Int($0.dropFirst("write_bytes: ".count)) } ?? 0
    }
}
