import Testing

@testable import JSON

@Suite("JSON patterns") struct PatternTests {
    /// Reads the elements of an array; the first is the pattern, with an integer as its first number. Nil for elements that do not
    /// follow it.
    private func read(_ array: String, spaces: Int = 8, limits: JSONLimits = .standard) throws -> [[Double?]?] {
        let text = array + String(repeating: " ", count: spaces)
        var pattern: JSONPattern?
        var elements: [[Double?]?] = []
        try JSONReader.read(Array(text.utf8)[...], limits: limits) { reader throws(JSONError) in
            _ = try reader.array { reader throws(JSONError) in
                if let numbers = pattern.flatMap({ reader.numbers(in: $0) }) {
                    return elements.append([
                        Double(numbers.integer), numbers.doubles.y, numbers.doubles.z, numbers.doubles.w,
                    ])
                }
                let mark = reader.mark
                var places: [Range<Int>] = []
                _ = try reader.object { reader, key throws(JSONError) in
                    let token = try reader.value()
                    if token.isNumber { places.append(token.range) }
                }
                if elements.isEmpty { pattern = reader.pattern(since: mark, places, integer: 0) }
                elements.append(nil)
            }
        }
        return elements
    }

    @Test("the numbers of an object with the same text are found, in the order of the document")
    func numbers() throws {
        let text = """
            [{"a": 1, "b":2.5 ,"n":"x\\"1", "c":-3, "d": 0.0004},
            {"a": -10, "b":0 ,"n":"x\\"1", "c":5.25, "d": 12345678}]
            """
        #expect(try read(text) == [nil, [-10, 0, 5.25, 12_345_678]])
    }

    @Test(
        "numbers of any length are converted",
        arguments: [
            "0.00038409233093261719", "-0.0000000000000000001", "1234567890123456789", "-12345678.12345678",
            "0.1234567",
            "123456789.5", "1234567890.12345678", "0.0000000000000000000000", "-0", "8",
        ])
    func lengths(number: String) throws {
        let text = #"[{"a":1,"b":2,"c":3,"d":4},{"a":5,"b":\#(number),"c":\#(number),"d":\#(number)}]"#
        let value = try #require(Double(number))
        #expect(try read(text) == [nil, [5, value, value, value]])
    }

    @Test("a number of more digits than 64 bits hold is read as usual")
    func tooManyDigits() throws {
        let text = #"[{"a":1,"b":2,"c":3,"d":4},{"a":5,"b":6,"c":7,"d":0.12345678901234567890}]"#
        #expect(try read(text) == [nil, nil])
    }

    @Test("an object that ends in the last eight bytes of a document is read as well", arguments: 0...8)
    func last(spaces: Int) throws {
        let text = #"[{"a":1,"b":2,"c":3,"d":4},{"a":5,"b":6,"c":7,"d":8}]"#
        #expect(try read(text, spaces: spaces) == [nil, [5, 6, 7, 8]])
    }

    /// Reads a document with the pattern of another one, in so many arrays.
    private func read(_ value: String, inside depth: Int, _ pattern: JSONPattern?) throws -> JSONPattern.Numbers? {
        func read(_ reader: inout JSONReader, _ depth: Int) throws(JSONError) -> JSONPattern.Numbers? {
            guard depth > 0 else { return pattern.flatMap { reader.numbers(in: $0) } }
            var numbers: JSONPattern.Numbers?
            _ = try reader.array { reader throws(JSONError) in numbers = try read(&reader, depth - 1) }
            return numbers
        }
        let text = String(repeating: "[", count: depth) + value + String(repeating: "]", count: depth)
        var numbers: JSONPattern.Numbers?
        try JSONReader.read(Array(text.utf8)[...], limits: .standard) { reader throws(JSONError) in
            numbers = try read(&reader, depth)
        }
        return numbers
    }

    /// The pattern of an object with four numbers, inside one array.
    private func pattern(of object: String) throws -> JSONPattern? {
        var pattern: JSONPattern?
        try JSONReader.read(Array("[\(object)]".utf8)[...], limits: .standard) { reader throws(JSONError) in
            _ = try reader.array { reader throws(JSONError) in
                let mark = reader.mark
                var places: [Range<Int>] = []
                _ = try reader.object { reader, key throws(JSONError) in
                    let token = try reader.value()
                    if token.isNumber { places.append(token.range) }
                }
                pattern = reader.pattern(since: mark, places, integer: 3)
            }
        }
        return pattern
    }

    @Test("a pattern reads other documents, if the object is no deeper than its own")
    func documents() throws {
        let pattern = try pattern(of: #"{"a":1,"b":2,"c":3,"d":4}"#)
        let object = #"{"a":1.5,"b":-2,"c":0.25,"d":9223372036854775807}"#
        for depth in 0...1 {
            let numbers = try #require(try read(object, inside: depth, pattern))
            #expect(numbers.integer == .max)
            #expect(numbers.doubles == [1.5, -2, 0.25, 0])
        }
        #expect(try read(object, inside: 2, pattern) == nil)
    }

    @Test("every text is compared to its last byte", arguments: 1...20)
    func texts(length: Int) throws {
        let key = String(repeating: "k", count: length)
        func object(_ key: String) -> String { #"{"a":1,"\#(key)":2,"b":3,"c":4,"\#(key)":[]}"# }
        let pattern = try #require(try pattern(of: object(key)))
        #expect(try read(object(key), inside: 1, pattern) != nil)
        for place in 0..<length {
            let other = String(key.utf8.enumerated().map { $0.offset == place ? "K" : "k" })
            #expect(try read(object(other), inside: 1, pattern) == nil)
        }
        #expect(try read(object(key + "k"), inside: 1, pattern) == nil)
        #expect(try read(object(String(key.dropLast())), inside: 1, pattern) == nil)
    }

    @Test("a long object is no pattern")
    func long() throws {
        func object(_ length: Int) -> String {
            #"{"a":1,"b":2,"c":3,"d":4,"e":"\#(String(repeating: "x", count: length))"}"#
        }
        let others = object(0).utf8.count - 4
        #expect(try pattern(of: object(JSONPattern.maximumBytes - others)) != nil)
        #expect(try pattern(of: object(JSONPattern.maximumBytes - others + 1)) == nil)
    }

    @Test(
        "any other value is read as usual",
        arguments: [
            #"{"a":1,"b":2,"c":3,"e":4}"#, #"{"a":1,"b":2,"c":3,"d":4,"e":5}"#, #"{"a":1,"b":2,"c":3}"#,
            #"{"a":1,"b":2,"c":3,"d":1e4}"#, #"{"a":1,"b":2,"c":3,"d":null}"#, #"{"a":1,"b":2,"c":3,"d":4 }"#,
            #"{"a":12345678901234567890,"b":2,"c":3,"d":4}"#, #"{"a":1.0,"b":2,"c":3,"d":4}"#, "{}", "7",
            #"[{"a":1,"b":2,"c":3,"d":4}]"#, #"{"a":1,"b":2E1,"c":3,"d":4}"#,
        ])
    func others(value: String) throws {
        let sound = #"{"a":1,"b":2,"c":3,"d":4}"#
        #expect(try read("[\(sound),\(value),\(sound)]") == [nil, nil, [1, 2, 3, 4]])
    }

    @Test(
        "what is invalid is rejected with and without a pattern",
        arguments: [
            #"{"a":1,"b":2,"c":3,"d":04}"#, #"{"a":1,"b":2,"c":3,"d":4"#, #"{"a":1,"b":2,"c":3,"d":4.}"#,
            #"{"a":1,"b":2,"c":3,"d":4.5.6}"#, #"{"a":--1,"b":2,"c":3,"d":4}"#, #"{"a":,"b":2,"c":3,"d":4}"#,
        ])
    func invalid(value: String) {
        #expect(throws: JSONError.self) { try read("[\(value)]") }
        #expect(throws: JSONError.self) { try read(#"[{"a":1,"b":2,"c":3,"d":4},\#(value)]"#) }
    }

    @Test("members count towards the limit")
    func limit() throws {
        let text = "[" + Array(repeating: #"{"a":1,"b":2,"c":3,"d":4}"#, count: 3).joined(separator: ",") + "]"
        var limits = JSONLimits.standard
        // Three elements and their members.
        limits.members = 15
        #expect(try read(text, limits: limits).count == 3)
        limits.members = 14
        #expect(throws: JSONError.self) { try read(text, limits: limits) }
    }

    @Test("an object is a pattern only with four numbers")
    func four() throws {
        for object in [#"{"a":1,"b":2,"c":3}"#, #"{"a":1,"b":2,"c":3,"d":4,"e":5}"#] {
            #expect(try read("[\(object),\(object)]") == [nil, nil])
        }
    }
}
