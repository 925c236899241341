import Clocks
import Reactor
import Testing

@testable import Store

@Suite("Data store: recordings of motion", .timeLimit(.minutes(10))) @ReactorActor
struct MotionRecordingTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static func recording(_ id: String, body: [UInt8] = [1, 2, 3]) -> StoredMotion {
        StoredMotion(
            id: id, name: "Swing", phone: "Anna", session: nil, started: WallTime(nanoseconds: 7),
            duration: .seconds(2), samples: 5, trigger: "swing", body: body)
    }

    @Test("are listed without samples, newest first, renamed, read and deleted, also after a restart")
    func life() async throws {
        let first = try StoreHarness(folder)
        _ = await first.start()
        for id in ["1", "2", "3"] { first.store.put(.motion(Self.recording(id, body: [UInt8](id.utf8)))) }
        first.store.put(.renameMotion("2", to: "Second"))
        first.store.put(.deleteMotion("1"))
        let list = try await first.store.motions()
        #expect(list.map(\.id) == ["3", "2"])
        #expect(list.map(\.name) == ["Swing", "Second"])
        #expect(list.map(\.body) == [[], []])
        #expect(await first.close() == 0)
        let second = try StoreHarness(folder)
        _ = await second.start()
        var expected = Self.recording("2", body: [UInt8]("2".utf8))
        expected.name = "Second"
        let read = try await second.store.motion("2")
        #expect(read == expected)
        let gone = try await second.store.motion("1")
        #expect(gone == nil)
        #expect(await second.close() == 0)
    }

    @Test("beyond the limit the oldest are deleted, whatever was deleted by hand")
    func retention() async throws {
        let harness = try StoreHarness(folder) { $0.retention.motions = 3 }
        _ = await harness.start()
        for number in 1...6 { harness.store.put(.motion(Self.recording("\(number)"))) }
        harness.store.put(.deleteMotion("5"))
        // A read waits for the writes before it.
        _ = try await harness.store.motions()
        // Maintenance deletes the oldest when it is due and the disk is not at work.
        var ids = try await harness.store.motions().map(\.id)
        for _ in 0..<100 where ids.count > 3 {
            harness.advance(by: .seconds(31))
            await harness.wait { !harness.store.isWorking }
            ids = try await harness.store.motions().map(\.id)
        }
        #expect(ids == ["6", "4", "3"])
        #expect(await harness.close() == 0)
    }
}
