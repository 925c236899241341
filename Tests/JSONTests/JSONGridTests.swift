import Testing

@testable import JSON

@Suite("Grids of numbers") struct JSONGridTests {
    private func grid(_ text: String, maximumCells: Int = 100) throws(JSONGridError) -> JSONGrid {
        try JSONGrid(Array(text.utf8)[...], maximumCells: maximumCells)
    }

    private func error(_ text: String, maximumCells: Int = 100) -> JSONGridError? {
        do throws(JSONGridError) {
            _ = try grid(text, maximumCells: maximumCells)
            return nil
        } catch {
            return error
        }
    }

    @Test("reads rows of numbers, whatever surrounds them in the document")
    func grids() throws {
        let small = try grid(" [ [1, -2.5] , [3e2, 0.1] ] ")
        #expect(small.rows == 2 && small.columns == 2 && small.cells == [1, -2.5, 300, 0.1])
        let whole = Array(#"{"matrix":[[1],[2],[3]],"more":1}"#.utf8)
        let part = try JSONGrid(whole[10..<23], maximumCells: 3)
        #expect(part.rows == 3 && part.columns == 1 && part.cells == [1, 2, 3])
    }

    @Test("strings that hold numbers count as numbers, and booleans as one or zero")
    func otherCells() throws {
        #expect(try grid(#"[["1.5","-2"],[true,false]]"#).cells == [1.5, -2, 1, 0])
    }

    nonisolated private static let rejectTable: [(text: String, error: JSONGridError)] = [
        ("5", .notAnArray), (#""abc""#, .notAnArray), (#"{"a":[1]}"#, .notAnArray), ("null", .notAnArray),
        ("[]", .empty), ("[[],[]]", .empty), ("[1,2]", .flat), ("[null]", .flat), ("[[1],2]", .flat),
        ("[[1,2],[3]]", .ragged(row: 2)), ("[[1],[2,3]]", .ragged(row: 2)), ("[[],[1]]", .ragged(row: 2)),
        ("[[1,[2]]]", .nested(row: 1, column: 2)), ("[[1],[null]]", .missing(row: 2, column: 1)),
        (#"[[1,"x"]]"#, .notANumber(row: 1, column: 2)), (#"[["nan"]]"#, .notANumber(row: 1, column: 1)),
        (#"[["1e999"]]"#, .notANumber(row: 1, column: 1)), (#"[[{}]]"#, .notANumber(row: 1, column: 1)),
    ]

    @Test("rejects everything else, with the place", arguments: rejectTable)
    func rejects(text: String, expected: JSONGridError) {
        #expect(error(text) == expected)
    }

    @Test(
        "reports invalid JSON where it is",
        arguments: ["[[NaN]]", "[[1,]]", "[[1]", "[[1]] x", "", "[[1e999]]", "[[01]]"])
    func invalid(text: String) {
        guard case .invalid = error(text) else {
            Issue.record("\(text): \(String(describing: error(text)))")
            return
        }
    }

    @Test("the number of cells is limited, however they are arranged")
    func limit() throws {
        let row = "[" + Array(repeating: "1", count: 10).joined(separator: ",") + "]"
        let text = "[" + Array(repeating: row, count: 10).joined(separator: ",") + "]"
        #expect(try grid(text).cells.count == 100)
        #expect(error(text, maximumCells: 99) == .tooManyCells)
        #expect(error("[" + Array(repeating: "[]", count: 1_000).joined(separator: ",") + "]") == .tooManyCells)
    }
}
