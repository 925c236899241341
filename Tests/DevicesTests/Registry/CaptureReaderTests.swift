import Devices
import Events
import Testing

@Suite("Reading captures") struct CaptureReaderTests {
    /// Says every piece that it was fed, in hex.
    private struct Echo: LoggingDecoder {
        mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
            log.reading("piece") { $0.member("text", String(decoding: bytes, as: UTF8.self)) }
        }

        mutating func finish(into log: inout ReadingLog) {
            log.reject(DecoderReject(.truncated, "the end", byteCount: 2))
        }
    }

    private func variant(_ delivery: DecoderVariant.Delivery) -> DecoderVariant {
        DecoderVariant(.bt50, "echo", "for tests", delivery) { Echo() }
    }

    private func read(
        _ text: String, _ delivery: DecoderVariant.Delivery = .stream, as notation: CaptureReader.Notation = .hexLines,
        inPiecesOf size: Int = .max
    ) throws -> (pieces: [String], mistakes: [String]) {
        var reader = try #require(CaptureReader(variant(delivery), as: notation))
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            reader.feed(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        reader.finish()
        let lines = String(decoding: reader.drainLines(), as: UTF8.self).split(separator: "\n")
        #expect(lines.last == #"{"reject":"truncated","detail":"the end","bytes":2}"#)
        let pieces = lines.dropLast().map { $0.dropFirst(#"{"reading":"piece","text":""#.count).dropLast(2) }
        #expect(reader.log.readingCount == pieces.count)
        #expect(reader.log.rejectCounts == ["truncated": 1])
        return (pieces.map(String.init), reader.drainLineErrors().map(\.description))
    }

    @Test("hex is read in all the ways in which people write it", arguments: [1, 3, .max])
    func notations(size: Int) throws {
        let text = """
            4142
            # a comment, and an empty line

            0x43 0X44,45:46-47\t48   # more
              4a 4B\r
            4c
            """
        #expect(try read(text, inPiecesOf: size) == (["AB", "CDEFGH", "JK", "L"], []))
    }

    @Test("a message that is JSON may stand among lines of hex, where messages are text", arguments: [1, .max])
    func jsonAmongHex(size: Int) throws {
        let text = "{4142}\n4142\n"
        #expect(try read(text, .textMessages, inPiecesOf: size) == (["{4142}", "AB"], []))
        let (pieces, mistakes) = try read(text, .messages, inPiecesOf: size)
        #expect(pieces == ["AB"])
        #expect(mistakes.count == 1)
    }

    @Test("a line that is no hex is named, and the rest is read", arguments: [1, .max])
    func mistakes(size: Int) throws {
        let (pieces, mistakes) = try read("41\n4\nx\n4 2\n42\n0x\n43 4", inPiecesOf: size)
        #expect(pieces == ["A", "B"])
        let odd = "half a byte: an odd number of digits stands together"
        #expect(
            mistakes == [
                "line 2: \(odd)", "line 3: only pairs of hexadecimal digits are read here, and # before a comment",
                "line 4: \(odd)", "line 7: \(odd)",
            ])
    }

    @Test("bytes of a stream are passed on as they are")
    func stream() throws {
        #expect(try read("41\n42", .stream, as: .bytes).pieces == ["41\\n42"])
    }

    @Test("messages that are text stand on lines of their own", arguments: [1, .max])
    func textMessages(size: Int) throws {
        #expect(
            try read("{1}\n\n{2}\n{3}", .textMessages, as: .bytes, inPiecesOf: size).pieces == ["{1}", "{2}", "{3}"])
        #expect(try read("41 42", .textMessages, inPiecesOf: size).pieces == ["AB"])
    }

    @Test("bytes do not say where a message ends")
    func boundaries() {
        #expect(CaptureReader(variant(.messages), as: .bytes) == nil)
        #expect(CaptureReader(variant(.messages), as: .hexLines) != nil)
    }

    @Test("a line may be as long as the longest message, and not a byte longer")
    func longLine() throws {
        for (excess, mistakes) in [(0, 0), (1, 1)] {
            var reader = try #require(CaptureReader(variant(.textMessages), as: .bytes))
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
            for _ in 0..<16 { reader.feed(piece[...]) }
            reader.feed(piece[..<excess])
            reader.feed(Array("\nshort\n".utf8)[...])
            #expect(reader.drainLineErrors().count == mistakes)
            #expect(reader.log.readingCount == 2 - mistakes)
        }
    }
}
