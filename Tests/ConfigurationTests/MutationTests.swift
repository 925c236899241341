import TestSupport
import Testing

@testable import Configuration

@Suite("Hostile configurations") struct MutationTests {
    private static let pieces: [[UInt8]] =
        [
            "\n", "\t", "  ", ":", ": ", "- ", "[", "]", "{", "}", ",", "#", "&a ", "*a", "!t ", "!!int ", "<<: ", "'",
            "\"", "|\n",
            ">\n", "? ", "---\n", "...\n", "%YAML 1.1\n", "~", "null", "-1", "1e999", "0x", "99999999999999999999", "é",
            "\u{0}",
            "\u{7F}", "\u{FEFF}", "\u{2028}", "\\", "@", "heart", "alpha", "10 s", "1 GiB",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]]

    @Test("reports positions inside a mutated file", arguments: 0..<8)
    func mutations(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let original = Array(
            DefaultFile.text().split(separator: "\n", omittingEmptySubsequences: true)
                .filter { !$0.contains("# ") }.joined(separator: "\n").replacing("#", with: "").utf8)
        for _ in 0..<150 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: place)
                case 1: bytes.removeSubrange(place..<min(place + Int.random(in: 1...9, using: &random), bytes.count))
                default: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
                }
            }
            // YAML also ends lines with a carriage return, and with the last bytes of U+0085, U+2028 and U+2029.
            let lines = bytes.count { [0x0A, 0x0D, 0x85, 0xA8, 0xA9].contains($0) } + 2
            do throws(ConfigurationError) {
                let sources = ConfigurationSources(file: ConfigurationText(name: "f", bytes: bytes))
                #expect(CrossChecks.conflicts(in: try sources.resolve()).isEmpty)
            } catch {
                #expect(!error.problems.isEmpty)
                for problem in error.problems {
                    guard case .file("f", let position) = problem.origin else {
                        Issue.record("\(problem)")
                        continue
                    }
                    #expect((1...lines).contains(position.line) && position.column >= 1, "\(problem)")
                    #expect(problem.message.utf8.count < 1_000)
                }
            }
        }
    }

    @Test("parses arbitrary bytes without crashing", arguments: 0..<4)
    func noise(seed: Int) {
        var random = SeededGenerator(seed: UInt64(1_000 + seed))
        for _ in 0..<500 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                bytes += Self.pieces.randomElement(using: &random) ?? []
            }
            let document = YAMLDocument(bytes)
            #expect(document.problems.allSatisfy { $0.position >= .start })
        }
    }
}
