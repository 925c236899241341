import Devices
import Events
import Testing

@Suite("Capture reader") struct CaptureReaderTests {
    /// Logs every chunk.
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
    ) throws -> (pieces: [String], errors: [String]) {
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

    @Test("parses hex in all notations", arguments: [1, 3, .max])
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

    @Test("accepts JSON among lines of hex where messages are text", arguments: [1, .max])
    func jsonAmongHex(size: Int) throws {
        let text = "{4142}\n4142\n"
        #expect(try read(text, .textMessages, inPiecesOf: size) == (["{4142}", "AB"], []))
        let (pieces, errors) = try read(text, .messages, inPiecesOf: size)
        #expect(pieces == ["AB"])
        #expect(errors.count == 1)
    }

    @Test("reports lines that are not hex, and reads the rest", arguments: [1, .max])
    func errors(size: Int) throws {
        let (pieces, errors) = try read("41\n4\nx\n4 2\n42\n0x\n43 4", inPiecesOf: size)
        #expect(pieces == ["A", "B"])
        let odd = "odd number of hexadecimal digits"
        #expect(
            errors == [
                "line 2: \(odd)", "line 3: expected pairs of hexadecimal digits, or # before a comment",
                "line 4: \(odd)", "line 7: \(odd)",
            ])
    }

    @Test("passes raw bytes of a stream on unchanged")
    func stream() throws {
        #expect(try read("41\n42", .stream, as: .bytes).pieces == ["41\\n42"])
    }

    @Test("reads one text message per line", arguments: [1, .max])
    func textMessages(size: Int) throws {
        #expect(
            try read("{1}\n\n{2}\n{3}", .textMessages, as: .bytes, inPiecesOf: size).pieces == ["{1}", "{2}", "{3}"])
        #expect(try read("41 42", .textMessages, inPiecesOf: size).pieces == ["AB"])
    }

    @Test("rejects raw bytes for messages without delimiters")
    func boundaries() {
        #expect(CaptureReader(variant(.messages), as: .bytes) == nil)
        #expect(CaptureReader(variant(.messages), as: .hexLines) != nil)
    }

    @Test("limits the length of a line to the byte")
    func longLine() throws {
        for (excess, errors) in [(0, 0), (1, 1)] {
            var reader = try #require(CaptureReader(variant(.textMessages), as: .bytes))
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
            for _ in 0..<16 { reader.feed(piece[...]) }
            reader.feed(piece[..<excess])
            reader.feed(Array("\nshort\n".utf8)[...])
            #expect(reader.drainLineErrors().count == errors)
            #expect(reader.log.readingCount == 2 - errors)
        }
    }
}
