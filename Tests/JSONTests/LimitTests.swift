import JSON
import Testing

/// Both readers accept input at each limit and reject input one above it.
@Suite("JSON limits") struct LimitTests {
    private let wide = JSONLimits(depth: 100, bytes: 10_000, stringBytes: 10_000, members: 10_000, numberBytes: 1_000)

    private func check(
        _ document: String, _ limit: WritableKeyPath<JSONLimits, Int>, fits: Int, reason: JSONError.Reason, offset: Int
    ) {
        var limits = wide
        limits[keyPath: limit] = fits
        #expect(throws: Never.self) { try parse(document, limits: limits) }
        #expect(throws: Never.self) { try scan(document, limits) }
        limits[keyPath: limit] = fits - 1
        let tree = thrownError { try parse(document, limits: limits) }
        let scanned = thrownError { try scan(document, limits) }
        #expect(tree?.reason == reason)
        #expect(tree?.offset == offset)
        #expect(tree == scanned)
    }

    private func scan(_ document: String, _ limits: JSONLimits) throws {
        var scanner = try JSONObjectScanner(Array(document.utf8), limits: limits)
        while try scanner.next() != nil {}
    }

    @Test("depth")
    func depth() {
        check(#"{"a":[{"b":[]}]}"#, \.depth, fits: 4, reason: .tooDeep, offset: 11)
        check("{}", \.depth, fits: 1, reason: .tooDeep, offset: 0)
    }

    @Test("the maximum depth cannot be exceeded by a setting")
    func ceiling() throws {
        var limits = wide
        limits.depth = .max
        #expect(limits.depth == JSONLimits.maximumDepth)
        #expect(JSONLimits(depth: .max, bytes: 0, stringBytes: 0, members: 0, numberBytes: 0).depth == limits.depth)
        let deepest = String(repeating: "[", count: limits.depth) + String(repeating: "]", count: limits.depth)
        let value = try parse(deepest, limits: limits)
        #expect(value.description == deepest)
        let error = thrownError { try parse("[\(deepest)]", limits: limits) }
        #expect(error?.reason == .tooDeep)
    }

    @Test("bytes of the document, including white space")
    func bytes() {
        check(" {\"a\":1} ", \.bytes, fits: 9, reason: .tooManyBytes, offset: 8)
    }

    @Test("bytes of a string and of a key, before unescaping")
    func strings() {
        check(#"{"k":"\u0041é"}"#, \.stringBytes, fits: 8, reason: .stringTooLong, offset: 5)
        check(#"{"longkey":""}"#, \.stringBytes, fits: 7, reason: .stringTooLong, offset: 1)
    }

    @Test("members and elements of the whole document")
    func members() {
        check(#"{"a":[1,2],"b":{"c":[]}}"#, \.members, fits: 5, reason: .tooManyMembers, offset: 16)
        check(#"{"a":1}"#, \.members, fits: 1, reason: .tooManyMembers, offset: 1)
    }

    @Test("characters of a number")
    func numbers() {
        check(#"{"a":-12.5e+07}"#, \.numberBytes, fits: 9, reason: .numberTooLong, offset: 5)
    }

    @Test("limits of zero accept empty values")
    func zero() throws {
        let none = JSONLimits(depth: 1, bytes: 2, stringBytes: 0, members: 0, numberBytes: 0)
        #expect(try parse("{}", limits: none).objectValue?.isEmpty == true)
        #expect(try parse("[]", limits: none).arrayValue?.isEmpty == true)
        #expect(try parse("\"\"", limits: none) == .string(""))
    }
}

@Suite("JSON errors") struct ErrorTests {
    @Test(
        "report line and column, counted in characters",
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

    @Test("describe the problem and its position")
    func descriptions() {
        let error = thrownError { try parse("{\"bpm\":\n NaN}") }
        #expect(error?.description == "NaN and Infinity are not allowed (line 2, column 2, byte 9)")
    }

    @Test("have a unique name for each reason")
    func names() {
        let names = JSONError.Reason.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "_" || $0 == "8" } })
        let sentences = JSONError.Reason.allCases.map { JSONError($0, offset: 0, line: 1, column: 1).description }
        #expect(Set(sentences).count == sentences.count)
    }
}
