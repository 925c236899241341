import Foundation
import Testing

@Suite("What decoding costs", .timeLimit(.minutes(5))) struct DecoderAllocationTests {
    /// What `decoder-speed` says. It counts in a process of its own, where nobody else takes memory.
    private struct Answer: Decodable {
        let frames: Int
        let refused: Int
        let bytes: Int
        let allocations: Int
    }

    private func decode(_ load: String, rounds: Int) throws -> Answer {
        let process = Process()
        let output = Pipe()
        process.executableURL = try tool("decoder-speed")
        process.arguments = [load, "--rounds", "\(rounds)"]
        process.standardOutput = output
        try process.run()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode(Answer.self, from: answer)
    }

    /// The tool stands beside the tests' own program, whatever the build folder is called.
    private func tool(_ name: String) throws -> URL {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        let images = Set(maps.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) })
        let places = images.filter { $0.hasPrefix("/") }
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent(name) }
        return try #require(places.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }

    @Test(
        "no frame takes memory once the decoder runs, and none is lost",
        arguments: [
            ("amg-commander", 2_253), ("bt50", 4_000), ("bt50-now-data", 4_000), ("mat-jq-64x64", 64),
            ("mat-grid-12x8", 1_000), ("mat-grid-12x8-packets", 1_000),
        ])
    func allocations(load: String, frames: Int) throws {
        let answer = try decode(load, rounds: 2)
        #expect(answer.frames == 2 * frames)
        #expect(answer.refused == 0)
        #expect(answer.bytes > 0)
        #expect(answer.allocations == 0)
    }
}
