import Clocks
import Foundation
import Reactor
import Testing

@testable import Store

@Suite("Backup and restoration of the store", .timeLimit(.minutes(10))) @ReactorActor
struct StoreFileTests {
    let folder: TemporaryFolder
    let file: StoreFile

    init() throws {
        folder = try TemporaryFolder()
        file = StoreFile(path: folder.database)
    }

    private var backup: String { folder.path + "/backup" }

    /// A store with some of everything, still open.
    private func makeStore() async throws -> StoreHarness {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        for number in 1...50 { harness.store.append(.sample(Int64(number)), .urgent) }
        harness.store.put(.run(.sample(1)))
        harness.store.put(.document(.target, name: "plate", body: Array("{}".utf8)))
        harness.store.put(.workout(try .sample(1)))
        harness.store.put(.frames(.sample(1, first: 0, count: 7, bytes: 500)))
        harness.store.put(
            .motion(
                StoredMotion(
                    id: "1", name: "Swing", phone: "Anna", session: nil, started: WallTime(nanoseconds: 7),
                    duration: .seconds(2), samples: 1, trigger: "swing", body: [1])))
        await harness.advance { harness.store.status.durableThrough == 50 }
        _ = try await harness.store.run("run_1")
        return harness
    }

    @Test("a backup is taken while the gateway writes, and holds what was written before it")
    func running() async throws {
        let harness = try await makeStore()
        let summary = try file.backUp(to: backup)
        #expect(summary.events == 50 && summary.runs == 1 && summary.workouts == 1 && summary.frames == 7)
        #expect(!summary.wasClosed && summary.schemaVersion == StoreSchema.version)
        harness.store.append(.sample(51), .urgent)
        #expect(await harness.close() == 0)
        #expect(try StoreFile(path: backup).check() == summary)
        #expect(try file.check().events == 51)
        #expect(!folder.names.contains { $0.hasSuffix(".partial") })
    }

    @Test("a backup brings everything to a new machine, which assigns no number twice")
    func restoration() async throws {
        let harness = try await makeStore()
        _ = try file.backUp(to: backup)
        let gatewayID = harness.store.status.gatewayID
        #expect(await harness.close() == 0)
        let other = try TemporaryFolder()
        let restored = StoreFile(path: other.path + "/new/gateway.db")
        let (summary, replaced) = try restored.restore(from: backup, at: WallTime(nanoseconds: 0))
        #expect(summary.events == 50 && replaced == nil)
        let again = try StoreHarness(path: restored.path)
        let start = await again.start()
        #expect(start.resumeSequence >= 1_000_050 && again.store.status.gatewayID == gatewayID)
        #expect(start.state?.documents.map(\.name) == ["plate"])
        let workout = try #require(try await again.store.workout(.workout(1)))
        let rows = try await again.store.frames(of: workout.number, from: 0, maximumBytes: .max)
        #expect(rows.map(\.bytes) == [StoredFrames.sample(1, first: 0, bytes: 500).bytes])
        #expect(await again.close() == 0)
    }

    @Test("a restoration keeps the previous database under another name")
    func replacement() async throws {
        let harness = try await makeStore()
        _ = try file.backUp(to: backup)
        harness.store.append(.sample(51), .urgent)
        #expect(await harness.close() == 0)
        let (_, replaced) = try file.restore(from: backup, at: WallTime(nanoseconds: 1_790_000_000_000_000_000))
        let old = try #require(replaced)
        #expect(old == folder.database + ".replaced-2026-09-21T141320.000Z")
        #expect(try StoreFile(path: old).check().events == 51)
        #expect(try file.check().events == 50)
        #expect(folder.names.filter { !$0.hasSuffix("-shm") && !$0.hasSuffix("-wal") }.count == 4, "\(folder.names)")
    }

    @Test("a backup or a restoration that is stopped leaves everything as it was")
    func stopped() async throws {
        let harness = try await makeStore()
        _ = try file.backUp(to: backup)
        harness.store.append(.sample(51), .urgent)
        #expect(await harness.close() == 0)
        let files = folder.names
        let present = try file.check()
        let (restoration, second) = (file.restoration, file.backup(to: backup))
        #expect(restoration.share == nil)
        for copy in [restoration, second] { #expect(copy.stop()) }
        let actions = [
            { _ = try file.restore(from: backup, at: SystemClock.wall(), as: restoration) },
            { _ = try file.backUp(to: backup, as: second) },
        ]
        for action in actions {
            #expect {
                try action()
            } throws: { error in
                (error as? StoreError)?.reason == .stopped
            }
        }
        // Readers leave their shared memory behind.
        #expect(Set(folder.names).subtracting(files).allSatisfy { $0.hasSuffix("-shm") || $0.hasSuffix("-wal") })
        #expect(try file.check() == present)
        // One that has replaced something cannot be stopped any more.
        let complete = file.restoration
        _ = try file.restore(from: backup, at: SystemClock.wall(), as: complete)
        #expect(!complete.stop() && complete.share != nil)
        #expect(try file.check().events == 50)
    }

    @Test("nothing is replaced or compacted while a gateway runs")
    func locked() async throws {
        let harness = try await makeStore()
        _ = try file.backUp(to: backup)
        for action in [{ _ = try file.compact() }, { _ = try file.restore(from: backup, at: SystemClock.wall()) }] {
            #expect {
                try action()
            } throws: { error in
                (error as? StoreError)?.reason == .inUse
            }
        }
        #expect(await harness.close() == 0)
        let (before, after) = try file.compact()
        #expect(after <= before)
        #expect(try file.check().events == 50)
    }

    @Test("a damaged, foreign or missing file is reported, and nothing is replaced by it")
    func damaged() async throws {
        let harness = try await makeStore()
        #expect(await harness.close() == 0)
        let whole = try #require(FileManager.default.contents(atPath: folder.database))
        var scribbled = whole
        for offset in stride(from: 5_000, to: scribbled.count - 100, by: 300) { scribbled[offset] ^= 0xFF }
        let files: [(Data, StoreError.Reason)] = [
            (whole.prefix(300), .corrupt), (scribbled, .corrupt), (Data(), .corrupt),
            (Data("no database at all".utf8) + Data(repeating: 1, count: 2_000), .corrupt),
        ]
        for (bytes, reason) in files {
            try folder.makeFile(backup, bytes)
            #expect {
                _ = try file.restore(from: backup, at: SystemClock.wall())
            } throws: { error in
                (error as? StoreError)?.reason == reason && (error as? StoreError)?.path == backup
            }
        }
        #expect {
            _ = try StoreFile(path: folder.path + "/missing").check()
        } throws: { error in
            (error as? StoreError)?.reason == .cannotOpen
        }
        #expect(try file.check().events == 50)
    }

    @Test("an export has every row")
    func export() async throws {
        let harness = try await makeStore()
        var counts: [String: Int] = [:]
        try file.forEachRow { row in
            let kind =
                switch row {
                case .event: "event"
                case .run: "run"
                case .document: "document"
                case .explanation: "explanation"
                case .recording: "recording"
                case .workout: "workout"
                case .frames: "frames"
                case .motion: "motion"
                }
            counts[kind, default: 0] += 1
        }
        #expect(counts == ["event": 50, "run": 1, "document": 1, "workout": 1, "frames": 1, "motion": 1])
        #expect(await harness.close() == 0)
    }
}
