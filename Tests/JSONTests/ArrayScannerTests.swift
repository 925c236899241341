import Testing

@testable import JSON

@Suite("Array scanner") struct ArrayScannerTests {
    private func elements(_ text: String) throws -> [String]? {
        guard var scanner = try JSONArrayScanner(Array(text.utf8)[...]) else { return nil }
        var elements: [String] = []
        while let token = try scanner.next() { elements.append(String(decoding: scanner.raw(token), as: UTF8.self)) }
        return elements
    }

    nonisolated static let arrays: [(String, [String])] = [
        ("[]", []), (" [ ] ", []), ("[1]", ["1"]),
        (#"["a", {"b":[2]} ,[3,[4]],null]"#, [#""a""#, #"{"b":[2]}"#, "[3,[4]]", "null"]),
    ]

    @Test("the elements with their bytes", arguments: arrays)
    func elements(text: String, expected: [String]) throws {
        let found = try elements(text)
        #expect(found == expected)
    }

    @Test("a valid document of another kind is no array", arguments: ["{}", "1", #""[1]""#, "null"])
    func otherKinds(text: String) throws {
        let found = try elements(text)
        #expect(found == nil)
    }

    @Test(
        "an invalid document is rejected wherever the error is",
        arguments: ["", "[", "[1", "[1,]", "[,1]", "[1 2]", "[1]x", "[[1}]", "{]", "[NaN]", "1 2"])
    func invalid(text: String) {
        #expect(throws: JSONError.self) { try elements(text) }
    }
}
