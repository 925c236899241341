import Foundation
import FuzzTargets
import Testing

/// Replays seeds and inputs found by fuzzing.
@Suite("Fuzz corpus") struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).appending(path: "../../../Fuzz/corpus").standardized

    private static func files(of target: FuzzTarget) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: corpus.appending(path: target.name), includingPropertiesForKeys: nil)
    }

    @Test("every input satisfies the invariants", arguments: FuzzTarget.all)
    func replay(target: FuzzTarget) throws {
        let files = try Self.files(of: target)
        #expect(!files.isEmpty, "a target needs a seed")
        for file in files {
            let input = [UInt8](try Data(contentsOf: file))
            #expect(throws: Never.self, "\(target.name)/\(file.lastPathComponent)") { try target.run(input[...]) }
        }
    }

    @Test("every folder has a target, and the corpus is small")
    func housekeeping() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
        #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
        for target in FuzzTarget.all {
            let files = try Self.files(of: target)
            let sizes = try files.map { try $0.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0 }
            #expect(files.count <= 300, "\(target.name)")
            #expect(sizes.reduce(0, +) <= 200_000, "\(target.name)")
        }
    }
}
