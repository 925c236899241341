import Devices
import JSON
import Testing

@Suite("Heart board serial text") struct HeartSerialTests {
    @Test("decodes as the protocol's vectors say, cut in any way", arguments: try HeartVector.load("serial"))
    func vector(vector: HeartVector) throws {
        var random = SplitMix(seed: 5)
        for cuts in [1...1, 1...9, 1...4_000, 1_000_000...1_000_000] {
            var decoder = HeartSerialDecoder()
            var items: [HeartSerialItem] = []
            var rest = vector.input[...]
            while !rest.isEmpty {
                let count = Int.random(in: cuts, using: &random)
                decoder.feed(rest.prefix(count), into: &items)
                rest = rest.dropFirst(count)
            }
            #expect(.array(items.map(\.asVector)) == vector.expected["items"])
            #expect(decoder.ignoredLines == vector.expected["ignored"]?.integerValue.map(Int.init))
        }
    }

    @Test("there are vectors for it")
    func coverage() throws {
        #expect(try HeartVector.load("serial").count >= 10)
    }

    @Test("random bytes are never taken for a board's words")
    func noise() {
        var random = SplitMix(seed: 21)
        var decoder = HeartSerialDecoder()
        var items: [HeartSerialItem] = []
        for _ in 0..<1_000 {
            let noise = (0..<1_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            decoder.feed(noise[...], into: &items)
        }
        #expect(items.allSatisfy { $0 == .rejected(.lineTooLong) })
        #expect(decoder.ignoredLines > 1_000)
    }
}
