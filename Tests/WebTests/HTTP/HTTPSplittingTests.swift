import TestSupport
import Testing

@testable import Web

/// Any chunking of the stream gives the same requests, bodies and errors.
@Suite("Chunked HTTP input") struct HTTPSplittingTests {
    static let good = [
        "GET /a%20b?x=1&y HTTP/1.1\r\nHost: h:1\r\nAccept: a, b\r\n\r\n",
        "\r\nPOST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\nhello world",
        "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;e\r\nhello\r\n1\r\n!\r\n0\r\nT: u\r\n\r\n",
        "HEAD http://other/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n",
    ]

    static let streams: [String] = {
        var streams = good + [good.joined()]
        for attacks in [HTTPSmugglingTests.bodyLengths, HTTPSmugglingTests.codings, HTTPSmugglingTests.lines] {
            for attack in attacks { streams.append(good[0] + attack.request) }
        }
        let chunkedHead = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        for (chunks, _) in HTTPSmugglingTests.chunks { streams.append(chunkedHead + chunks) }
        streams.append("GET /" + String(repeating: "x", count: 60) + " HTTP/1.1\r\n")
        streams.append("GET / HTTP/1.1\r\nA: \rb")
        return streams
    }()

    @Test("byte by byte, and in random chunks")
    func pieces() {
        var random = SeededGenerator(seed: 0x5EED_0001)
        let limits = HTTPLimits(
            requestLineBytes: 64, headerBytes: 120, headerCount: 5, bodyBytes: 30, chunkLineBytes: 20)
        for stream in Self.streams {
            let bytes = Array(stream.utf8)
            for limits in [limits, HTTPLimits()] {
                let whole = ParsedHTTP(bytes, limits: limits)
                #expect(ParsedHTTP(bytes, limits: limits, nextLength: { 1 }) == whole, "\(stream.debugDescription)")
                for _ in 0..<20 {
                    let cut = ParsedHTTP(bytes, limits: limits, nextLength: { random.number(1...17) })
                    #expect(cut == whole, "\(stream.debugDescription)")
                }
            }
        }
    }

    @Test("truncated input neither ends nor fails")
    func truncated() {
        let bytes = Array(Self.streams[5].utf8)
        let whole = ParsedHTTP(bytes)
        #expect(whole.requests.count == 5)
        for length in 0..<bytes.count {
            let parsed = ParsedHTTP(Array(bytes[..<length]))
            #expect(parsed.parseError == nil)
            #expect(parsed.requests.filter { $0.isEnded }.count < whole.requests.count)
        }
    }

    @Test("mutated requests never crash, and chunking makes no difference")
    func mutated() {
        var random = SeededGenerator(seed: 0x5EED_0002)
        let limits = HTTPLimits(requestLineBytes: 64, headerBytes: 200, bodyBytes: 30)
        for round in 0..<3_000 {
            var bytes = Array(Self.streams[round % 6].utf8)
            for _ in 0..<random.number(1...4) {
                let index = random.number(0...(bytes.count - 1))
                switch random.number(0...2) {
                case 0: bytes[index] = UInt8(random.number(0...255))
                case 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: bytes.prefix(random.number(1...9)), at: index)
                }
            }
            let whole = ParsedHTTP(bytes, limits: limits)
            #expect(ParsedHTTP(bytes, limits: limits, nextLength: { random.number(1...9) }) == whole)
        }
    }
}
