import Foundation
import FuzzTargets
import Testing

/// Replays what fuzzing has found, and the seeds it began with.
@Suite("Fuzz corpus") struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).appending(path: "../../../Fuzz/corpus").standardized

    private static func files(of target: FuzzTarget) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: corpus.appending(path: target.name), includingPropertiesForKeys: nil)
    }

    @Test("every input keeps every promise", arguments: FuzzTarget.all)
    func replay(target: FuzzTarget) throws {
        let files = try Self.files(of: target)
        #expect(!files.isEmpty, "a target needs a seed")
        for file in files {
            let input = [UInt8](try Data(contentsOf: file))
            #expect(throws: Never.self, "\(target.name)/\(file.lastPathComponent)") { try target.run(input[...]) }
        }
    }

    @Test("every folder belongs to a target, and the corpus stays small")
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
