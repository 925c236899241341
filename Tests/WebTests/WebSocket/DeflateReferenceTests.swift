import Foundation
import TestSupport
import Testing

@testable import Web

/// Messages compressed by CPython's zlib, see Reference/deflate_reference.py.
@Suite("Deflate against a reference") struct DeflateReferenceTests {
    struct Connection: Sendable {
        var keepsContext: Bool
        var messages: [(plain: [UInt8], compressed: [UInt8])]
    }

    static func connections() throws -> [Connection] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(
            contentsOf: folder.appendingPathComponent("Reference/deflate_reference.txt"), encoding: .utf8)
        return text.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            let messages = words.dropFirst(2).map { word in
                let parts = word.split(separator: ":", omittingEmptySubsequences: false)
                return (hexadecimal(String(parts[0])), hexadecimal(String(parts[1])))
            }
            return Connection(keepsContext: words[1] == "context", messages: messages)
        }
    }

    @Test("reads its messages, in any chunks and fragments")
    func read() throws {
        var random = SeededGenerator(seed: 0x5EED_0010)
        let connections = try Self.connections()
        #expect(connections.count == 16)
        for connection in connections {
            let agreement = PerMessageDeflate.Agreement(ourWindowBits: 15, peerKeepsContext: connection.keepsContext)
            for round in 0..<3 {
                var server = WebSocketHarness(deflate: agreement)
                var stream: [UInt8] = []
                for message in connection.messages {
                    let cut = round == 0 ? message.compressed.count : random.number(0...message.compressed.count)
                    let isWhole = cut == message.compressed.count
                    stream += clientFrame(
                        .binary, message.compressed[..<cut], isFinal: isWhole, isCompressed: true,
                        key: UInt32(truncatingIfNeeded: random.next()))
                    if !isWhole { stream += clientFrame(.continuation, message.compressed[cut...]) }
                }
                server.receive(stream, nextLength: { round == 1 ? 1 : random.number(1...400) })
                #expect(server.end == nil)
                #expect(server.messages.map(\.bytes) == connection.messages.map(\.plain))
            }
        }
    }

    @Test("our output can be read with every window, each message alone")
    func written() throws {
        for bits in 8...15 {
            let deflater = try #require(Deflater(windowBits: bits, threshold: 0))
            #expect(deflater.windowBits == max(bits, 9))
            for message in try Self.connections()[0].messages {
                let compressed = try #require(deflater.withCompressed(message.plain[...]) { Array($0) })
                var output: [UInt8] = []
                let inflater = try #require(Inflater())
                #expect(inflater.inflate(compressed, into: &output, limit: 10_000) == .progressed)
                #expect(inflater.finishMessage(into: &output, limit: 10_000) == .progressed)
                #expect(output == message.plain)
            }
        }
    }
}
