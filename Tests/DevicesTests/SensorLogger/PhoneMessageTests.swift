import Clocks
import Devices
import Events
import Foundation
import JSON
import TestSupport
import Testing

@Suite("Sensor Logger messages") struct PhoneMessageTests {
    /// One line of firmware-protocols/sensor-logger/vectors.jsonl.
    struct Vector: CustomTestStringConvertible, Sendable {
        let name: String
        let message: [UInt8]
        let items: JSONValue

        var testDescription: String { name }

        static func load() throws -> [Self] {
            let file = URL(filePath: #filePath)
                .appending(path: "../../../../firmware-protocols/sensor-logger/vectors.jsonl").standardized
            return try [UInt8](Data(contentsOf: file)).split(separator: UInt8(ascii: "\n")).map { line in
                let vector = try JSONValue(parsing: line)
                return Self(
                    name: try #require(vector["name"]?.stringValue),
                    message: Array(try #require(vector["message"]?.stringValue).utf8),
                    items: try #require(vector["items"]))
            }
        }
    }

    private func decoded(_ message: [UInt8]) throws -> JSONValue {
        let variant = try #require(DecoderVariant.variants(of: .sensorLogger).first)
        var decoder = variant.makeDecoder()
        var log = ReadingLog()
        decoder.feed(message[...], into: &log)
        return .array(
            try log.drainLines().split(separator: UInt8(ascii: "\n")).map { line in
                let item = try JSONValue(parsing: line)
                guard item["detail"] != nil else { return item }
                var object = JSONObject()
                for member in item.objectValue?.members ?? [] where member.key != "detail" {
                    object.set(member.key, to: member.value)
                }
                return .object(object)
            })
    }

    @Test("decode as in the protocol vectors", arguments: try Vector.load())
    func vector(vector: Vector) throws {
        let items = try decoded(vector.message)
        #expect(items == vector.items, "\(items)")
    }

    @Test("vectors cover every sensor and every reject reason")
    func coverage() throws {
        let items = try Vector.load().flatMap { $0.items.arrayValue ?? [] }
        #expect(try Vector.load().count >= 25)
        #expect(Set(items.compactMap { $0["sensor"]?.stringValue }) == Set(PhoneSensor.allCases.map(\.rawValue)))
        #expect(
            Set(items.compactMap { $0["reject"]?.stringValue })
                == Set(PhoneMessageReject.allCases.map(\.rawValue)))
    }

    @Test("gives access to fields by name and to axes")
    func access() throws {
        let text = """
            {"payload":[{"name":"wrist motion","time":5,"values":{"rotationRateX":1,"rotationRateZ":3,"quaternionW":0.5}},
            {"name":"battery","time":6,"values":{"lowPowerMode":true,"batteryState":"full"}}]}
            """
        let message = try PhoneMessage(parsing: Array(text.utf8)[...])
        let wrist = try #require(message.readings.first)
        #expect(wrist.time == WallTime(nanoseconds: 5))
        #expect(wrist["quaternionW"] == .number(0.5))
        #expect(wrist["gravityX"] == nil)
        #expect(wrist["nonsense"] == nil)
        let axes = try #require(wrist.axes)
        #expect((axes.x, axes.z) == (1, 3))
        #expect(axes.y == nil)
        let battery = try #require(message.readings.last)
        #expect(battery.axes == nil)
        #expect(battery["lowPowerMode"] == .boolean(true))
        #expect(battery["batteryState"] == .text("full"))
    }

    @Test("finds sensors by name in any spelling", arguments: PhoneSensor.allCases)
    func names(sensor: PhoneSensor) {
        #expect(PhoneSensor(name: sensor.rawValue) == sensor)
        #expect(PhoneSensor(name: sensor.rawValue.uppercased()) == sensor)
        #expect(PhoneSensor(name: sensor.rawValue.map { "\($0) _" }.joined()) == sensor)
        #expect(Set(sensor.fields).count == sensor.fields.count)
    }

    @Test("limits identifiers to the byte")
    func limits() throws {
        for (count, isAccepted) in [(256, true), (257, false)] {
            let name = String(repeating: "x", count: count)
            let message = try PhoneMessage(parsing: Array(#"{"payload":[],"sessionId":"\#(name)"}"#.utf8)[...])
            #expect((message.sessionID != nil) == isAccepted)
        }
        #expect(PhoneSensor(name: String(repeating: "light", count: 100)) == nil)
    }

    @Test(
        "members are read in any order, and of a repeated one the last counts",
        arguments: [
            #"{"name":"gyroscope","time":7,"values":{"x":1,"y":2,"z":3}}"#,
            #"{"values":{"z":3,"y":2,"x":1},"time":7,"name":"gyroscope"}"#,
            #"{"name":"barometer","values":{"x":1,"y":2,"z":3},"time":9,"name":"Gyroscope","time":7}"#,
            #"{"name":"gyroscope","time":7,"values":{"pressure":4},"values":{"x":9,"y":2,"z":3,"x":1}}"#,
            #"{"n\u0061me":"gyro\u0073cope","time":7.0,"values":{"\u0078":1,"y":2,"z":3,"w":[{}]},"name2":{}}"#,
        ])
    func order(reading: String) throws {
        let text = #"{"payload":[{}],"payload":[\#(reading)],"messageId":"x","messageId":5.0,"deviceId":"A"}"#
        let message = try PhoneMessage(parsing: Array(text.utf8)[...])
        #expect(message.readings.map(\.sensor) == [.gyroscope])
        #expect(message.readings.map(\.time.nanoseconds) == [7])
        #expect(message.readings.map(\.values) == [[.number(1), .number(2), .number(3)]])
        #expect(message.rejectedReadings.isEmpty)
        #expect(message.messageID == 5)
        #expect(message.deviceID == "A")
    }

    @Test(
        "the last of a repeated member may make a reading unusable",
        arguments: [
            (#"{"name":"gyroscope","time":7,"values":{"x":1},"values":null}"#, PhoneMessageReject.missingValues),
            (#"{"name":"gyroscope","time":7,"values":{"x":1},"name":4}"#, .missingName),
            (#"{"name":"gyroscope","time":7,"values":{"x":1},"name":"sonar"}"#, .unknownSensor),
            (#"{"name":"gyroscope","time":7,"values":{"x":1},"name":"barometer"}"#, .noUsableValue),
            (#"{"name":"gyroscope","time":7,"values":{"x":1,"x":null}}"#, .noUsableValue),
            (#"{"name":"gyroscope","time":7,"values":{"x":1},"time":"7"}"#, .wrongTypeOfTime),
            (#"[{"name":"gyroscope"}]"#, .notAReading),
        ])
    func unusable(reading: String, reason: PhoneMessageReject) throws {
        let message = try PhoneMessage(parsing: Array(#"{"payload":[\#(reading)]}"#.utf8)[...])
        #expect(message.readings.isEmpty)
        #expect(message.rejectedReadings.map(\.reason) == [reason])
    }

    @Test("a reading is the same alone as after others of its sensor", arguments: [UInt64(1), 2, 3])
    func alone(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func number() -> String {
            switch Int.random(in: 0..<12, using: &random) {
            case 0: "-0"
            case 1: "1e-7"
            case 2: "null"
            case 3: "\"5\""
            case 4: "\(Int.random(in: -99...99, using: &random))"
            case 5: "0.000\(UInt64.random(in: 1...9_999_999_999_999_999_999, using: &random))"
            default: "\(Double.random(in: -20...20, using: &random))"
            }
        }
        func reading() -> String {
            let name = ["accelerometer", "accelerometer", "gyroscope", "barometer"].randomElement(using: &random) ?? ""
            let time =
                ["1698501144401700000", "1698501144401700123", "7.5", "9e18", "-1", "18446744073709551615"]
                .randomElement(using: &random) ?? ""
            let axes =
                [["x", "y", "z"], ["z", "y", "x"], ["x", "y"], ["x", "y", "x"]].randomElement(using: &random) ?? []
            let values = "{\(axes.map { "\"\($0)\":\(number())" }.joined(separator: ","))}"
            let members = ["\"name\":\"\(name)\"", "\"time\":\(time)", "\"accuracy\": 3", "\"values\":\(values)"]
            switch Int.random(in: 0..<8, using: &random) {
            case 0: return "{\(members.shuffled(using: &random).joined(separator: ","))}"
            case 1: return "{\(members.joined(separator: ", ")), \"name\":\"light\"}"
            case 2: return "{\(members.joined(separator: ", ")), \(members[3])}"
            default: return "{\(members.joined(separator: ", "))}"
            }
        }
        var count = 0
        for _ in 0..<500 {
            let readings = (0..<12).map { _ in reading() }
            let whole = try message(readings)
            let parts = try readings.map { try message([$0]) }
            #expect(whole.readings == parts.flatMap(\.readings), "\(readings)")
            #expect(
                whole.rejectedReadings.map(\.reason) == parts.flatMap(\.rejectedReadings).map(\.reason), "\(readings)")
            count += whole.readings.count
        }
        #expect(count > 2_000)
    }

    private func message(_ readings: [String]) throws -> PhoneMessage {
        try PhoneMessage(parsing: Array(#"{"payload":[\#(readings.joined(separator: ","))]}"#.utf8)[...])
    }

    @Test("damaged messages never yield a non-finite value")
    func damage() {
        var random = SeededGenerator(seed: 12)
        let sound = Array(
            #"{"messageId":1,"payload":[{"name":"gyroscope","time":16985011444017,"values":{"x":1.5,"y":-2e3,"z":0}}]}"#
                .utf8)
        let odd: [UInt8] = Array("{}[]\",:\\0e-.+tfnNI \n".utf8) + [0, 0x7F, 0xC3, 0xFF]
        var accepted = 0
        for _ in 0..<20_000 {
            var message = sound
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<message.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: message[place] = odd.randomElement(using: &random) ?? 0
                case 1: message.remove(at: place)
                default: message.removeSubrange(place..<min(message.count, place + 7))
                }
                if message.isEmpty { break }
            }
            guard let decoded = try? PhoneMessage(parsing: message[...]) else { continue }
            accepted += 1
            for reading in decoded.readings {
                #expect(reading.values.allSatisfy { $0?.number?.isFinite ?? true })
                #expect(reading.time.nanoseconds >= 0)
            }
        }
        #expect(accepted > 100)
    }
}
