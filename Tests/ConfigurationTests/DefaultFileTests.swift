import Foundation
import Testing

@testable import Configuration

@Suite("The annotated default file") struct DefaultFileTests {
    @Test("is the one in the repository")
    func committed() throws {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = repository.appendingPathComponent("systemd/leadville-gateway.yaml")
        #expect(
            try String(contentsOf: file, encoding: .utf8) == DefaultFile.text(),
            "run: leadville-gateway default-config > systemd/leadville-gateway.yaml")
    }

    @Test("is valid as it is and changes nothing")
    func unchanged() throws {
        #expect(try outcome(DefaultFile.text()).get() == Configuration())
    }

    /// The file with the comment sign taken away from every key.
    private var uncommented: [String] {
        DefaultFile.text().split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let text = line.drop { $0 == " " }
            guard text.hasPrefix("#"), text.dropFirst().first?.isLetter == true else { return String(line) }
            return String(line.prefix { $0 == " " }) + text.dropFirst()
        }
    }

    @Test("says the truth: with every key uncommented it still changes nothing")
    func truthful() throws {
        let document = YAMLDocument(Array(uncommented.joined(separator: "\n").utf8))
        #expect(document.problems.isEmpty)
        #expect(try outcome(uncommented.joined(separator: "\n")).get() == Configuration())
        var leaves = 0
        func count(_ node: YAMLNode?) {
            guard case .mapping(let entries)? = node?.content else { return leaves += 1 }
            for entry in entries { count(entry.value) }
        }
        count(document.root)
        #expect(leaves == Schema.gateway.settings.count)
    }

    @Test("any single key can be uncommented alone and changed")
    func single() throws {
        let lines = DefaultFile.text().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let wanted = "    #alpha: 0.3"
        let index = try #require(lines.firstIndex(of: wanted))
        var edited = lines
        edited[index] = "    alpha: 0.5"
        let configuration = try outcome(edited.joined(separator: "\n")).get()
        #expect(configuration.heart.smoothing.alpha == 0.5)
    }

    @Test("fits an editor's window")
    func width() {
        for line in DefaultFile.text().split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    }
}
