import JSON
import Testing

@testable import MongoDBDocuments

@Suite("BSON") struct BSONTests {
    private static func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    /// The example of the specification.
    @Test("encodes the documents of the specification")
    func examples() throws {
        let hello = Self.bytes("16 00 00 00 02", "hello", "06 00 00 00", "world", "00")
        #expect(BSONValue.encode([("hello", .string("world"))]) == hello)
        let awesome = Self.bytes(
            "31 00 00 00 04", "BSON", "26 00 00 00 02", "0", "08 00 00 00", "awesome", "01", "1",
            "33 33 33 33 33 33 14 40 10", "2", "c2 07 00 00 00 00")
        #expect(BSONValue.encode([("BSON", .json(try Self.json(#"["awesome",5.05,1986]"#)))]) == awesome)
    }

    /// Alternately bytes in hexadecimal and texts that end with a zero.
    private static func bytes(_ parts: String...) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index % 2 == 0 {
                bytes += part.split(separator: " ").compactMap { UInt8($0, radix: 16) }
            } else {
                bytes += part.utf8
                bytes.append(0)
            }
        }
        return bytes
    }

    @Test("encodes each type")
    func types() throws {
        func element(_ value: BSONValue) -> [UInt8] { Array(BSONValue.encode([("a", value)]).dropFirst(4).dropLast()) }
        #expect(element(.json(.null)) == [0x0A, 0x61, 0])
        #expect(element(.boolean(true)) == [0x08, 0x61, 0, 1])
        #expect(element(.integer(-1)) == [0x10, 0x61, 0, 255, 255, 255, 255])
        #expect(element(.integer(1 << 31)) == [0x12, 0x61, 0, 0, 0, 0, 0x80, 0, 0, 0, 0])
        #expect(element(.date(1)) == [0x09, 0x61, 0, 1, 0, 0, 0, 0, 0, 0, 0])
        #expect(element(.objectID(Array(1...12))) == [0x07, 0x61, 0] + Array(1...12))
        #expect(element(.document([])) == [0x03, 0x61, 0, 5, 0, 0, 0, 0])
        #expect(element(.array([])) == [0x04, 0x61, 0, 5, 0, 0, 0, 0])
        #expect(element(.encoded([5, 0, 0, 0, 0])) == [0x03, 0x61, 0, 5, 0, 0, 0, 0])
        #expect(element(.json(try Self.json(#""é""#))) == [0x02, 0x61, 0, 3, 0, 0, 0, 0xC3, 0xA9, 0])
    }

    @Test("a name with a zero does not end early")
    func zeroInName() throws {
        let object = try Self.json(#"{"a\u0000b":1}"#)
        let bytes = BSONValue.encode([("x", .json(object))])
        let end: [UInt8] = Array("a\\u0000b\0".utf8) + [1, 0, 0, 0, 0, 0]
        #expect(Array(bytes.dropFirst(12)) == end)
    }

    @Test("names that MongoDB's own JSON would interpret are ordinary names")
    func literalNames() throws {
        let bytes = BSONValue.encode([("x", .json(try Self.json(#"{"$oid":"1"}"#)))])
        #expect(bytes[11] == 2)
        #expect(bytes.dropFirst(12).starts(with: "$oid\0".utf8))
    }
}
