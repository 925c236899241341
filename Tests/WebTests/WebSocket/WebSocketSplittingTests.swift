import TestSupport
import Testing

@testable import Web

/// Any chunking of the stream gives the same messages, output and errors.
@Suite("Chunked WebSocket input") struct WebSocketSplittingTests {
    /// Random frames, mostly valid, with occasional errors.
    private func stream(_ random: inout SeededGenerator, _ deflater: Deflater) -> [UInt8] {
        var stream: [UInt8] = []
        for _ in 0..<random.number(1...8) {
            let key = UInt32(truncatingIfNeeded: random.next())
            let text = Array(String(repeating: "aä€💓", count: random.number(0...30)).utf8)
            switch random.number(0...9) {
            case 0: stream += clientFrame(.ping, random.bytes(random.number(0...125)), key: key)
            case 1: stream += clientFrame(.pong, random.bytes(random.number(0...9)), key: key)
            case 2: stream += clientFrame(.binary, random.bytes(random.number(0...300)), key: key)
            case 3: stream += clientFrame(.text, random.bytes(random.number(0...4)), key: key)
            case 4:
                stream += clientFrame(.close, [0x03, UInt8(random.number(0xE7...0xF0))] + text.prefix(40), key: key)
            case 5, 6:
                let cut = random.number(0...text.count)
                stream += clientFrame(.text, text[..<cut], isFinal: false, key: key)
                if random.number(0...3) == 0 { stream += clientFrame(.ping, [1], key: key) }
                stream += clientFrame(.continuation, text[cut...], key: key)
            case 7:
                var compressed = deflater.withCompressed(text[...]) { Array($0) } ?? []
                if random.number(0...2) == 0 { compressed[random.number(0...(compressed.count - 1))] ^= 0x10 }
                stream += clientFrame(.text, compressed, isCompressed: true, key: key)
            case 8:
                let zeros = [UInt8](repeating: 0, count: random.number(0...3_000))
                let compressed = deflater.withCompressed(zeros[...]) { Array($0) } ?? []
                stream += clientFrame(.binary, compressed, isCompressed: true, key: key)
            default: stream += clientFrame(.text, text, key: key)
            }
        }
        if random.number(0...3) == 0 {
            stream[random.number(0...(stream.count - 1))] = UInt8(truncatingIfNeeded: random.next())
        }
        return stream
    }

    @Test("byte by byte, and in random chunks")
    func pieces() throws {
        var random = SeededGenerator(seed: 0x5EED_0040)
        let deflater = try #require(Deflater(threshold: 0))
        var ends: [WebSocketEnd.Cause: Int] = [:]
        for round in 0..<600 {
            let stream = stream(&random, deflater)
            var whole = WebSocketHarness(messageBytes: 2_000, deflate: .plain)
            whole.receive(stream)
            if let cause = whole.end?.cause { ends[cause, default: 0] += 1 }
            for longest in [1, 3, 40] {
                var cut = WebSocketHarness(messageBytes: 2_000, deflate: .plain)
                cut.receive(stream, nextLength: { random.number(1...longest) })
                #expect(cut.outcome == whole.outcome, "round \(round), pieces up to \(longest)")
            }
        }
        // The property is only meaningful if all of these occurred.
        for cause in [
            .closedByPeer, .failed(.textNotUTF8), .failed(.corruptDeflate), .failed(.messageTooBig),
            .failed(.invalidCloseCode),
        ] as [WebSocketEnd.Cause] {
            #expect(ends[cause, default: 0] > 0, "\(cause) never came up")
        }
    }

    @Test("random bytes never crash, and chunking makes no difference")
    func noise() {
        var random = SeededGenerator(seed: 0x5EED_0041)
        for _ in 0..<3_000 {
            let bytes = random.bytes(random.number(1...60))
            var whole = WebSocketHarness(deflate: .plain)
            whole.receive(bytes)
            var cut = WebSocketHarness(deflate: .plain)
            cut.receive(bytes, nextLength: { 1 })
            #expect(cut.outcome == whole.outcome)
            var client = WebSocketHarness(role: .client(WebSocketMaskSource(seed: 1)), deflate: .plain)
            client.receive(bytes)
        }
    }
}
