import Clocks
import Devices
import Events
import Testing

@testable import Drivers

@Suite("Stored format of devices")
struct DeviceCodecTests {
    @Test("round-trips all persisted properties")
    func roundTrip() throws {
        var known = KnownDevices()
        for (number, family) in DeviceDrivers.families.enumerated() {
            known.discover(DeviceID("device-\(number)"), family, at: Int64(number))
        }
        _ = known.updateBattery(DeviceID("device-1"), percent: 12, at: .at(20))
        _ = try known.decide(DeviceID("device-0"), DeviceDecision(name: "Bay \"1\" 🎯", adopt: false))
        _ = try known.decide(DeviceID("device-1"), DeviceDecision(target: "T1"))
        _ = try known.decide(DeviceID("device-3"), DeviceDecision(user: -7))
        _ = try known.decide(DeviceID("device-4"), DeviceDecision(forget: true))
        for record in known.records.values {
            #expect(DeviceCodec.decode(DeviceCodec.encode(record)) == record.withoutThisRun)
        }
    }

    @Test("the largest possible device is below the read limit")
    func largest() {
        let name = String(repeating: "\u{1}", count: KnownDevices.maximumNameBytes)
        var record = DeviceRecord(
            DeviceID(String(repeating: "\"", count: 256)), family: .heartStrap, transport: .bluetooth,
            adoption: .forgotten, firstSeen: Moment.at(0).wall)
        (record.ownName, record.givenName, record.role) = (name, name, .heart(user: .min))
        let bytes = DeviceCodec.encode(record)
        #expect(bytes.count <= DeviceCodec.maximumBytes)
        #expect(DeviceCodec.decode(bytes) == record.withoutThisRun)
    }

    private static let good = """
        {"id":"a","family":"bt50","transport":"bluetooth","adoption":"use",\
        "own_name":"WTVB01","name":"Left","target":"T1","battery":50,"battery_told":true,\
        "died_ms":1790000000002,"first_seen_ms":1790000000000,"last_seen_ms":1790000000001}
        """

    @Test("reads a valid document")
    func good() throws {
        let record = try #require(DeviceCodec.decode(Array(Self.good.utf8)))
        #expect(record.role == .sensor(target: "T1"))
        #expect(record.battery == 50)
        #expect(record.hasReportedLowBattery)
        #expect(record.died?.nanoseconds == 1_790_000_000_002_000_000)
    }

    private nonisolated static let damages: [(String, String)] = [
        ("\"bt50\"", "\"toaster\""), ("\"bluetooth\"", "\"smoke\""), ("\"use\"", "\"abuse\""), ("\"a\"", "\"\""),
        ("\"a\"", "7"), ("\"Left\"", "[]"), ("50", "101"), ("50", "-1"), ("50", "\"50\""), ("true", "1"),
        ("1790000000000", "-1"), ("1790000000002", "true"), ("1790000000000", "1e300"), ("\"name\":", "\"nickname\":"),
        ("\"id\":\"a\",", ""), ("\"Left\"", "\"\(String(repeating: "x", count: 65))\""),
        ("{", "[{"), ("{", ""), ("1790000000001}", "1790000000001"), ("{", "\u{feff}{"), ("Left", "Left\u{0}"),
        ("1790000000001}", "1790000000001}x"), ("}", ",\"more\":1}"),
    ]

    @Test("rejects any document that this program cannot have written", arguments: damages)
    func damage(part: String, other: String) {
        let text = Self.good.replacing(part, with: other, maxReplacements: 1)
        #expect(text != Self.good)
        #expect(DeviceCodec.decode(Array(text.utf8)) == nil)
    }

    @Test("rejects a document truncated at any byte")
    func cutOff() {
        let bytes = Array(Self.good.utf8)
        for length in 0..<bytes.count {
            #expect(DeviceCodec.decode(Array(bytes[..<length])) == nil)
        }
    }
}

extension DeviceRecord {
    /// As it is after a restart.
    fileprivate var withoutThisRun: Self {
        var record = Self(id, family: family, transport: transport, adoption: adoption, firstSeen: firstSeen)
        (record.ownName, record.givenName, record.role) = (ownName, givenName, role)
        (record.battery, record.hasReportedLowBattery, record.lastSeen) = (battery, hasReportedLowBattery, lastSeen)
        record.died = died
        return record
    }
}
