import Clocks
import Reactor
import Testing

@testable import Store

@Suite("Captures of the journal", .timeLimit(.minutes(10))) @ReactorActor
struct JournalCaptureTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A store with events of these kinds, one each second; the third one has an explanation.
    private func harness(_ kinds: [String]) async throws -> StoreHarness {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        for (index, kind) in kinds.enumerated() {
            harness.store.append(.sample(Int64(index) + 1, kind: kind, bodyLength: 50, at: time(index + 1)), .urgent)
        }
        harness.store.put(.explanation(event: 3, body: Array(#"{"raw":["ff"]}"#.utf8)))
        await harness.advance { harness.store.status.durableThrough == Int64(kinds.count) }
        return harness
    }

    private func time(_ second: Int) -> WallTime {
        WallTime(nanoseconds: 1_700_000_000_000_000_000) + .seconds(Int64(second))
    }

    /// All lines after a number, over as many pages as necessary.
    private func lines(_ store: DataStore, after beginning: Int64) async throws -> [String] {
        var capture = JournalCapture(readThrough: beginning)
        var text = ""
        while !capture.isLast {
            capture = try await store.capture(after: capture.readThrough, without: ["audit"])
            text += String(decoding: capture.lines, as: UTF8.self)
        }
        return text.split(separator: "\n").map(String.init)
    }

    @Test("a capture has the events since a moment, with what they were derived from, and without excluded kinds")
    func events() async throws {
        let harness = try await harness(["heart_rate", "audit", "timer", "audit", "impact"])
        let store = harness.store
        #expect(try await store.beginningOfCapture(since: time(3)) == 2)
        #expect(try await store.beginningOfCapture(since: time(0)) == 0)
        #expect(try await store.beginningOfCapture(since: time(6)) == 5)
        let all = try await lines(store, after: 0)
        #expect(all.count == 3)
        #expect(all[1].hasSuffix(#","explanation":{"raw":["ff"]}}"#) && all[1].contains(#""event":{"id":3,"#))
        #expect(!all[0].contains("explanation") && all[2].contains(#""event":{"id":5,"#))
        #expect(try await lines(store, after: 5).isEmpty)
        #expect(await harness.close() == 0)
    }

    @Test("is bounded in events and bytes, and is read in pages")
    func bounds() async throws {
        let harness = try await harness(Array(repeating: "heart_rate", count: 2_500))
        var limits = JournalCapture.Limits()
        limits.entries = 10
        #expect(try await harness.store.beginningOfCapture(since: time(0), limits) == 2_490)
        limits.bytes = 149
        #expect(try await harness.store.beginningOfCapture(since: time(0), limits) == 2_498)
        #expect(try await lines(harness.store, after: 0).count == 2_500)
        let page = try await harness.store.capture(after: 0, without: [])
        #expect(page.lines.count < 64 << 10 && !page.isLast)
        #expect(await harness.close() == 0)
    }
}
