import JSON
import Testing

/// Each limit lets through what just fits, and refuses one more, in both readers.
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

    @Test("the ceiling of depth holds whatever is asked for")
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

    @Test("bytes of the document, space included")
    func bytes() {
        check(" {\"a\":1} ", \.bytes, fits: 9, reason: .tooManyBytes, offset: 8)
    }

    @Test("bytes of a string and of a key, as sent")
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

    @Test("limits of zero leave what asks for nothing")
    func zero() throws {
        let none = JSONLimits(depth: 1, bytes: 2, stringBytes: 0, members: 0, numberBytes: 0)
        #expect(try parse("{}", limits: none).objectValue?.isEmpty == true)
        #expect(try parse("[]", limits: none).arrayValue?.isEmpty == true)
        #expect(try parse("\"\"", limits: none) == .string(""))
    }
}
