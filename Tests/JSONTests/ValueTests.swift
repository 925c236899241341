import JSON
import Testing

@Suite("JSON values") struct ValueTests {
    @Test("convert only to their own kind")
    func accessors() throws {
        let value = try parse(#"{"n":null,"t":true,"i":7,"w":7.0,"f":7.5,"s":"x","a":[1,"y"],"o":{"k":1}}"#)
        #expect(value["n"]?.isNull == true)
        #expect(value["t"]?.booleanValue == true)
        #expect(value["i"]?.integerValue == 7 && value["i"]?.doubleValue == 7)
        #expect(value["w"]?.integerValue == 7 && value["w"]?.doubleValue == 7)
        #expect(value["f"]?.integerValue == nil && value["f"]?.doubleValue == 7.5)
        #expect(value["s"]?.stringValue == "x")
        #expect(value["a"]?[1]?.stringValue == "y")
        #expect(value["o"]?["k"]?.integerValue == 1)
        for (key, kind) in [("n", 0), ("t", 1), ("i", 2), ("s", 3), ("a", 4), ("o", 5)] {
            let member = try #require(value[key])
            #expect(member.isNull == (kind == 0))
            #expect((member.booleanValue != nil) == (kind == 1))
            #expect((member.doubleValue != nil) == (kind == 2))
            #expect((member.integerValue != nil) == (kind == 2))
            #expect((member.stringValue != nil) == (kind == 3))
            #expect((member.arrayValue != nil) == (kind == 4))
            #expect((member.objectValue != nil) == (kind == 5))
        }
    }

    @Test("a missing value is nil")
    func missing() throws {
        let value = try parse(#"{"a":[1]}"#)
        #expect(value["b"] == nil)
        #expect(value["a"]?[1] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["a"]?["x"] == nil)
        #expect(value[0] == nil)
    }

    @Test(
        "members keep their order; a repeated key keeps its first position and its last value", arguments: [3, 40])
    func order(count: Int) throws {
        let members = (0..<count).map { "\"k\($0)\":\($0)" } + ["\"k1\":\"again\"", "\"last\":true", "\"k0\":null"]
        let object = try #require(try parse("{\(members.joined(separator: ","))}").objectValue)
        #expect(object.count == count + 1)
        #expect(object.members.map(\.key) == (0..<count).map { "k\($0)" } + ["last"])
        #expect(object["k1"] == .string("again"))
        #expect(object["k0"] == .null)
        #expect(object["k2"] == .integer(2))
        #expect(object["last"] == .boolean(true))
        #expect(object["none"] == nil)
    }

    @Test("strings are compared by scalars, in small and in large objects", arguments: [0, 40])
    func canonicalForms(padding: Int) throws {
        let others = (0..<padding).map { ",\"p\($0)\":0" }.joined()
        let value = try parse("{\"\u{e9}\":1,\"e\u{301}\":2\(others)}")
        #expect(value["\u{e9}"] == .integer(1))
        #expect(value["e\u{301}"] == .integer(2))
        #expect(JSONValue.string("\u{e9}") != .string("e\u{301}"))
    }

    @Test("a number and an integer of the same value differ")
    func numbersAndIntegers() throws {
        #expect(try parse("7") != parse("7.0"))
        #expect(try parse("[7,7.0,1e2]").description == "[7,7.0,100.0]")
    }

    @Test("random documents survive writing in any style", arguments: [UInt64(21), 22])
    func roundTrips(seed: UInt64) throws {
        let limits = JSONLimits(
            depth: 64, bytes: 1 << 20, stringBytes: 1 << 20, members: 1 << 20, numberBytes: 1_000)
        var documents = RandomDocuments(seed: seed)
        for _ in 0..<500 {
            let value = try JSONValue(parsing: documents.valid(), limits: limits)
            for style in [JSONStyle.compact, .compactASCII, .spaced] {
                #expect(try parse(text(style) { $0.value(value) }, limits: limits) == value)
            }
        }
    }
}
