import Devices
import Events
import JSON
import TestSupport
import Testing

@Suite("Heart board datagrams") struct HeartDatagramTests {
    @Test("decode as in the protocol vectors", arguments: try HeartVector.load("datagram"))
    func vector(vector: HeartVector) {
        do throws(HeartReadingError) {
            let reading = try HeartReading(datagram: vector.input[...])
            #expect(reading.asVector == vector.expected["reading"])
        } catch {
            #expect(.string(error.reason.rawValue) == vector.expected["refused"])
            #expect("\(error)".hasPrefix("heart reading rejected: "))
        }
    }

    @Test("vectors cover every reject reason")
    func coverage() throws {
        let vectors = try HeartVector.load("datagram")
        #expect(vectors.count >= 40)
        let reasons = Set(vectors.compactMap { $0.expected["refused"]?.stringValue })
        #expect(reasons == Set(HeartReadingReject.allCases.map(\.rawValue)))
    }

    @Test("decode from a slice as from a whole buffer")
    func slice() throws {
        let object = Array(#"{"user":3,"bpm":75,"x":"y"}"#.utf8)
        let buffer = Array("garbage{".utf8) + object + Array("}more".utf8)
        let reading = try HeartReading(datagram: buffer[8..<8 + object.count])
        #expect(reading.user == .number(3))
        let extra = try #require(reading.members["x"])
        #expect(reading.members.string(extra) == "y")
    }

    @Test("enforces limits to the byte")
    func limits() throws {
        let frame = #"{"user":1,"bpm":75,"pad":"","more":""}"#.utf8.count
        for (size, isAccepted) in [(16_384, true), (16_385, false)] {
            let first = String(repeating: "x", count: 8_192)
            let second = String(repeating: "x", count: size - frame - 8_192)
            let datagram = Array(#"{"user":1,"bpm":75,"pad":"\#(first)","more":"\#(second)"}"#.utf8)
            #expect(datagram.count == size)
            #expect(((try? HeartReading(datagram: datagram[...])) != nil) == isAccepted)
        }
        for (count, isAccepted) in [(254, true), (255, false)] {
            let members = (0..<count).map { #","m\#($0)":0"# }.joined()
            let datagram = Array(#"{"user":1,"bpm":75\#(members)}"#.utf8)
            #expect(((try? HeartReading(datagram: datagram[...])) != nil) == isAccepted)
        }
    }

    @Test("damaged datagrams never yield a non-finite rate")
    func damage() {
        var random = SeededGenerator(seed: 99)
        let sound = Array(
            #"{"user":1,"bpm":72.5,"timestamp":1000,"a":[{"b":"\u00e9"},null],"finger_detected":true}"#.utf8)
        let odd: [UInt8] = Array("{}[]\",:\\0e-.+tfnNI \n".utf8) + [0, 0x7F, 0x80, 0xC3, 0xFF]
        var accepted = 0
        for _ in 0..<30_000 {
            var datagram = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<datagram.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: datagram[place] = odd.randomElement(using: &random) ?? 0
                case 1: datagram.remove(at: place)
                case 2: datagram.insert(.random(in: 0...255, using: &random), at: place)
                default: datagram.removeSubrange(place..<min(datagram.count, place + 9))
                }
                if datagram.isEmpty { break }
            }
            guard let reading = try? HeartReading(datagram: datagram[...]) else { continue }
            accepted += 1
            #expect(reading.beatsPerMinute.doubleValue.isFinite)
        }
        #expect(accepted > 100)
    }
}

@Suite("Heart board serial text") struct HeartSerialTests {
    @Test("decodes the protocol vectors in chunks of any size", arguments: try HeartVector.load("serial"))
    func vector(vector: HeartVector) throws {
        var random = SeededGenerator(seed: 5)
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

    @Test("has vectors")
    func coverage() throws {
        #expect(try HeartVector.load("serial").count >= 10)
    }

    @Test("rejects random bytes")
    func noise() {
        var random = SeededGenerator(seed: 21)
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
