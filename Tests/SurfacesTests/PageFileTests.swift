import Foundation
import Testing

@testable import Surfaces

@Suite("Files of the pages") struct PageFileTests {
    private static let sources = URL(filePath: #filePath).appending(path: "../../../Sources/Surfaces").standardized

    @Test("the program holds every file of the source tree, compressed, and nothing else")
    func complete() throws {
        let names = try #require(FileManager.default.subpaths(atPath: Self.sources.path))
            .filter { $0.split(separator: "/").dropLast().last == "Pages" }
            .sorted()
        #expect(names.count > 60)
        #expect(PageFile.all.map(\.path) == names)
    }

    @Test("each file is held as gzip, and decompressed it is the file of the source tree")
    func content() throws {
        var plain = 0
        var held = 0
        for file in PageFile.all {
            let compressed = file.compressed
            // RFC 1952: the signature, deflate, no flags, and no time, so that the same files give the same program.
            #expect(compressed.prefix(8) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0], "\(file.path)")
            let expected = try Data(contentsOf: Self.sources.appending(path: file.path))
            #expect(file.bytes == Array(expected), "\(file.path)")
            plain += expected.count
            held += compressed.count
        }
        #expect(held < plain / 2)
    }
}
