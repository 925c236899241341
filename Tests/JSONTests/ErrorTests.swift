import JSON
import Testing

@Suite("JSON errors") struct ErrorTests {
    @Test(
        "name the line and the column, counted in characters as an editor does",
        arguments: [
            ("x", 1, 1, 0), ("[1,\n 2,\n x]", 3, 2, 9), ("[\"é€😀\", x]", 1, 9, 14), ("[1,\r\n\tx]", 2, 2, 6),
            ("[1", 1, 3, 2), ("\n\n", 3, 1, 2), ("[\n\"a\nb\"]", 2, 3, 4), ("{\"é\":01}", 1, 6, 6),
        ])
    func places(text: String, line: Int, column: Int, offset: Int) {
        let error = thrownError { try parse(text) }
        #expect(error?.line == line)
        #expect(error?.column == column)
        #expect(error?.offset == offset)
    }

    @Test("say what is wrong and where")
    func descriptions() {
        let error = thrownError { try parse("{\"bpm\":\n NaN}") }
        #expect(error?.description == "JSON has no NaN and no Infinity (line 2, column 2, byte 9)")
    }

    @Test("have a name for each reason, all different")
    func names() {
        let names = JSONError.Reason.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "_" || $0 == "8" } })
        let sentences = JSONError.Reason.allCases.map { JSONError($0, offset: 0, line: 1, column: 1).description }
        #expect(Set(sentences).count == sentences.count)
    }
}
