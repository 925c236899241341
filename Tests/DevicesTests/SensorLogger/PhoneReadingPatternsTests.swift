import Clocks
import Events
import JSON
import Random
import Testing

@testable import Devices

@Suite("Patterns of readings") struct PhoneReadingPatternsTests {
    private func message(_ readings: [String], before: String = "", after: String = "") -> [UInt8] {
        Array(#"{\#(before)"payload":[\#(readings.joined(separator: ","))]\#(after)}"#.utf8)
    }

    private func reading(_ name: String, _ numbers: (Int, String, String, String) = (5, "1", "2.5", "-3")) -> String {
        #"{"name":"\#(name)","time":\#(numbers.0),"values":{"x":\#(numbers.1),"y":\#(numbers.2),"z":\#(numbers.3)}}"#
    }

    private func reading(_ name: String, and members: String) -> String { "\(reading(name).dropLast()),\(members)}" }

    /// Whether patterns alone read this reading. Learns nothing.
    private func isKnown(_ reading: String, to patterns: PhoneReadingPatterns) throws -> Bool {
        var patterns = patterns
        var isKnown = false
        try JSONReader.read(message([reading])[...], limits: PhoneMessage.limits) { reader throws(JSONError) in
            _ = try reader.object { reader, _ throws(JSONError) in
                _ = try reader.array { reader throws(JSONError) in isKnown = patterns.readReading(&reader) != nil }
            }
        }
        return isKnown
    }

    @Test("what a message teaches is kept for the next ones, to their last byte")
    func kept() throws {
        var patterns = PhoneReadingPatterns()
        let names = ["accelerometer", "gyroscope"]
        _ = try PhoneMessage(parsing: message(names.map { reading($0) })[...], &patterns)
        for name in names { #expect(try isKnown(reading(name, (7, "0.25", "-1", "12345.678")), to: patterns)) }
        #expect(try !isKnown(reading("gravity"), to: patterns))
        let next = try PhoneMessage(parsing: message(names.map { reading($0, (7, "9", "8", "7")) })[...], &patterns)
        #expect(next.readings.map(\.sensor) == [.accelerometer, .gyroscope])
        #expect(next.readings.map(\.values) == Array(repeating: [.number(9), .number(8), .number(7)], count: 2))
        #expect(patterns.count == 2)
    }

    @Test("a reading with a number that patterns do not read adds none")
    func exponent() throws {
        var patterns = PhoneReadingPatterns()
        for _ in 0..<10 {
            for x in ["1", "1e-7"] {
                _ = try PhoneMessage(parsing: message([reading("gyroscope", (7, x, "2", "3"))])[...], &patterns)
            }
        }
        #expect(patterns.count == 1)
    }

    @Test("a reading that is long is not kept")
    func long() throws {
        var patterns = PhoneReadingPatterns()
        let note = String(repeating: "x", count: JSONPattern.maximumBytes)
        let long = reading("gyroscope", and: #""note":"\#(note)""#)
        _ = try PhoneMessage(parsing: message([long])[...], &patterns)
        #expect(patterns.count == 0)
    }

    @Test("their number is limited, and those in use stay")
    func limit() throws {
        var patterns = PhoneReadingPatterns()
        let used = ["accelerometer", "gravity", "magnetometer"]
        for number in 0..<100 {
            _ = try PhoneMessage(parsing: message(used.map { reading($0) })[...], &patterns)
            // Each one has a text of its own.
            let others = (0..<50).map { reading("gyroscope", and: #""accuracy":\#(number * 50 + $0)"#) }
            _ = try PhoneMessage(parsing: message(others)[...], &patterns)
            #expect(patterns.count <= 32)
            for name in used { #expect(try isKnown(reading(name), to: patterns)) }
        }
        #expect(patterns.count == 32)
    }

    @Test("what was replaced is learned again")
    func again() throws {
        var patterns = PhoneReadingPatterns()
        _ = try PhoneMessage(parsing: message([reading("gravity")])[...], &patterns)
        for accuracy in 0..<100 {
            let other = reading("gyroscope", and: #""accuracy":\#(accuracy)"#)
            _ = try PhoneMessage(parsing: message([other])[...], &patterns)
        }
        #expect(try !isKnown(reading("gravity"), to: patterns))
        _ = try PhoneMessage(parsing: message([reading("gravity")])[...], &patterns)
        #expect(try isKnown(reading("gravity"), to: patterns))
    }

    // MARK: The same result

    /// Readings in a few layouts, so that most follow an earlier one.
    private struct RandomReadings {
        var random: SeededRandom

        mutating func number() -> String {
            switch Int.random(in: 0..<16, using: &random) {
            case 0: "-0"
            case 1: "1e-7"
            case 2: "null"
            case 3: "0.000\(UInt64.random(in: 1...9_999_999_999_999_999_999, using: &random))"
            case 4...6: "\(Int.random(in: -99...99, using: &random))"
            default: "\(Double.random(in: -20...20, using: &random))"
            }
        }

        mutating func reading() -> String {
            let name =
                ["accelerometer", "Accelerometer", "gyroscope", "gravity", "barometer", "sonar"]
                .randomElement(using: &random) ?? ""
            let time =
                ["1698501144401700000", "1698501144401700123", "1698501144401700456", "0", "-1", "7.5", "9e18"]
                .randomElement(using: &random) ?? ""
            let axes =
                [["x", "y", "z"], ["x", "y", "z"], ["z", "y", "x"], ["x", "y", "x", "z"], ["x", "y"]]
                .randomElement(using: &random) ?? []
            let values = "{\(axes.map { "\"\($0)\":\(number())" }.joined(separator: ","))}"
            let members = ["\"name\":\"\(name)\"", "\"time\":\(time)", "\"accuracy\":3", "\"values\":\(values)"]
            switch Int.random(in: 0..<12, using: &random) {
            case 0: return "{\(members.shuffled(using: &random).joined(separator: ","))}"
            case 1: return "{\(members.joined(separator: " ,\n")), \"name\":\"light\"}"
            case 2: return "{\(members.joined(separator: ",")),\"more\":{\"of\":[{},[1,\"\\u0041\"]]}}"
            case 3: return "[\(members[3].dropFirst(9))]"
            case 4...7: return "{\(members[0]), \(members[1]), \(members[3])}"
            default: return "{\(members.joined(separator: ","))}"
            }
        }

        /// A message, some of them cut or damaged.
        mutating func message() -> [UInt8] {
            let payload = (0..<Int.random(in: 0...8, using: &random)).map { _ in reading() }.joined(separator: ",")
            let parts = ["\"messageId\":\(Int.random(in: 0...9, using: &random))", "\"payload\":[\(payload)]"]
            var message = Array("{\(parts.shuffled(using: &random).joined(separator: ","))}".utf8)
            if random.chance(0.2) { message.insert(contentsOf: [0xEF, 0xBB, 0xBF], at: 0) }
            if random.chance(0.2) { message += Array(repeating: UInt8(ascii: " "), count: 7) }
            if random.chance(0.1) { message.removeLast(Int.random(in: 0..<message.count, using: &random)) }
            let odd: [UInt8] = Array("{}[]\",:\\0123e-.+xyztn \n".utf8) + [0, 0x7F, 0xC3, 0xFF]
            while random.chance(0.3), !message.isEmpty {
                let place = Int.random(in: 0..<message.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: message[place] = odd.randomElement(using: &random) ?? 0
                case 1: message.remove(at: place)
                default: message.insert(odd.randomElement(using: &random) ?? 0, at: place)
                }
            }
            return message
        }
    }

    /// With the sign of a zero, which `==` does not see.
    private func outcome(_ message: () throws(PhoneMessageError) -> PhoneMessage) -> String {
        do throws(PhoneMessageError) { return "\(try message())" } catch { return "\(error.description)" }
    }

    @Test("a message gives the same, whatever was read before", arguments: [UInt64(1), 2, 3, 4])
    func same(seed: UInt64) {
        var readings = RandomReadings(random: SeededRandom(seed: seed))
        var patterns = PhoneReadingPatterns()
        var (accepted, rejected) = (0, 0)
        for _ in 0..<1_500 {
            let bytes = readings.message()
            let alone = outcome { () throws(PhoneMessageError) in try PhoneMessage(parsing: bytes[...]) }
            let later = outcome { () throws(PhoneMessageError) in
                let message = try PhoneMessage(parsing: bytes[...], &patterns)
                accepted += message.readings.count
                return message
            }
            #expect(alone == later, "\(String(decoding: bytes, as: UTF8.self))")
            rejected += later.hasPrefix("PhoneMessage") ? 0 : 1
        }
        #expect(accepted > 1_500)
        #expect(rejected > 100)
    }
}
