import Foundation
import TestSupport
import Testing

@Suite("Decoder allocations", .timeLimit(.minutes(10)), .enabled(if: AddressSanitizer.allowsProcesses))
struct DecoderAllocationTests {
    /// The output of `decoder-speed`, which counts in a separate process without other allocations.
    private struct Output: Decodable {
        let frames: Int
        let refused: Int
        let bytes: Int
        let allocations: Int
    }

    private func decode(_ load: String, rounds: Int) throws -> Output {
        let process = Process()
        let output = Pipe()
        process.executableURL = try tool("decoder-speed")
        process.arguments = [load, "--rounds", "\(rounds)"]
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode(Output.self, from: text)
    }

    /// The path of a tool in the build folder of the test program.
    private func tool(_ name: String) throws -> URL {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        let images = Set(maps.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) })
        let candidates = images.filter { $0.hasPrefix("/") }
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent(name) }
        return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }

    @Test(
        "a running decoder allocates no memory and loses no frame",
        arguments: [
            ("amg-commander", 2_253), ("bt50", 4_000), ("bt50-now-data", 4_000), ("mat-jq-64x64", 64),
            ("mat-grid-12x8", 1_000), ("mat-grid-12x8-packets", 1_000),
        ])
    func allocations(load: String, frames: Int) throws {
        let output = try decode(load, rounds: 2)
        #expect(output.frames == 2 * frames)
        #expect(output.refused == 0)
        #expect(output.bytes > 0)
        #expect(output.allocations == 0)
    }
}
