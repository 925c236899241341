import Testing

@testable import Web

@Suite("Gzip bodies") struct GzipTests {
    /// `hello, hello, hello`, by the program gzip.
    private static let hello: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xD7, 0x51, 0xC8,
        0x40, 0xA2, 0x00, 0x9F, 0xA1, 0xCA, 0x09, 0x13, 0x00, 0x00, 0x00,
    ]

    @Test("decompresses")
    func decompresses() throws {
        let text = try Gzip.decompress(Self.hello, limit: 19)
        #expect(String(decoding: text, as: UTF8.self) == "hello, hello, hello")
    }

    @Test("rejects a body that is longer than the limit")
    func limit() {
        #expect {
            try Gzip.decompress(Self.hello, limit: 18)
        } throws: {
            $0 as? Gzip.Reject == .tooLarge
        }
    }

    @Test("rejects damaged, truncated and trailing bytes")
    func damaged() {
        var damaged: [[UInt8]] = (0..<Self.hello.count).map { Array(Self.hello.prefix($0)) }
        damaged.append(Self.hello + [0])
        // The checksum.
        damaged.append(Self.hello.dropLast(5) + [0x00] + Self.hello.suffix(4))
        for bytes in damaged {
            #expect {
                try Gzip.decompress(bytes, limit: 1_000)
            } throws: {
                $0 as? Gzip.Reject == .corrupt
            }
        }
    }
}
