import Clocks
import Devices
import Events
import Testing

@testable import Drivers

@Suite("Device file format")
struct DevicesDocumentTests {
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
        let read = try DevicesDocument.records(DevicesDocument.bytes(of: Array(known.records.values)))
        #expect(Dictionary(uniqueKeysWithValues: read.map { ($0.id, $0) }) == known.records.mapValues(\.withoutThisRun))
    }

    @Test("round-trips an empty list")
    func empty() throws {
        #expect(try DevicesDocument.records(DevicesDocument.bytes(of: [])) == [])
    }

    @Test("the largest possible file is below the read limit")
    func fullest() throws {
        let name = String(repeating: "\u{1}", count: KnownDevices.maximumNameBytes)
        let records = (0..<KnownDevices.Limits().records).map { number in
            let id = String(repeating: "\"", count: 250) + String(number)
            var record = DeviceRecord(
                DeviceID(id), family: .heartStrap, transport: .bluetooth, adoption: .forgotten,
                firstSeen: Moment.at(0).wall)
            (record.ownName, record.givenName, record.role) = (name, name, .heart(user: .min))
            return record
        }
        let bytes = DevicesDocument.bytes(of: records)
        #expect(bytes.count <= DevicesDocument.maximumBytes)
        #expect(try DevicesDocument.records(bytes).count == records.count)
    }

    private static let good = """
        {"version":1,"devices":[{"id":"a","family":"bt50","transport":"bluetooth","adoption":"use",\
        "own_name":"WTVB01","name":"Left","target":"T1","battery":50,"battery_told":true,\
        "first_seen_ms":1790000000000,"last_seen_ms":1790000000001}]}
        """

    @Test("reads a valid document")
    func good() throws {
        let record = try #require(try DevicesDocument.records(Array(Self.good.utf8)).first)
        #expect(record.role == .sensor(target: "T1"))
        #expect(record.battery == 50)
        #expect(record.hasReportedLowBattery)
    }

    @Test(
        "rejects any document that this program cannot have written",
        arguments: [
            ("\"bt50\"", "\"toaster\""), ("\"bluetooth\"", "\"smoke\""), ("\"use\"", "\"abuse\""), ("\"a\"", "\"\""),
            ("\"a\"", "7"), ("\"Left\"", "[]"), ("50", "101"), ("50", "-1"), ("50", "\"50\""), ("true", "1"),
            ("1790000000000", "-1"), ("1790000000000", "1e300"), ("\"name\":", "\"nickname\":"),
            ("\"id\":\"a\",", ""), ("\"Left\"", "\"\(String(repeating: "x", count: 65))\""),
            ("\"devices\":", "\"device\":"), ("[{", "[{},{"), ("}]", "}],\"more\":1"), ("}]", "},null]"),
            ("\"version\":1,", ""), ("\"version\":1", "\"version\":2"), ("\"version\":1", "\"version\":\"1\""),
            ("]}", "]"), ("{\"version\"", "\u{feff}{\"version\""), ("Left", "Left\u{0}"), ("]}", "]}x"),
        ])
    func damage(part: String, other: String) {
        let text = Self.good.replacing(part, with: other, maxReplacements: 1)
        #expect(text != Self.good)
        #expect(throws: DevicesDocumentError.self) { try DevicesDocument.records(Array(text.utf8)) }
    }

    @Test("rejects a duplicate id")
    func twice() {
        let device = Self.good.dropFirst(24).dropLast(2)
        let text = "{\"version\":1,\"devices\":[\(device),\(device)]}"
        #expect(throws: DevicesDocumentError.self) { try DevicesDocument.records(Array(text.utf8)) }
    }

    @Test("rejects a document truncated at any byte")
    func cutOff() {
        let bytes = Array(Self.good.utf8)
        for length in 0..<bytes.count {
            #expect(throws: DevicesDocumentError.self) { try DevicesDocument.records(Array(bytes[..<length])) }
        }
    }

    @Test("reports an unknown version")
    func otherVersion() {
        #expect(throws: DevicesDocumentError.otherVersion(2)) {
            try DevicesDocument.records(Array("{\"version\":2,\"things\":[]}".utf8))
        }
    }
}

extension DeviceRecord {
    /// As it is after a restart.
    fileprivate var withoutThisRun: Self {
        var record = Self(id, family: family, transport: transport, adoption: adoption, firstSeen: firstSeen)
        (record.ownName, record.givenName, record.role) = (ownName, givenName, role)
        (record.battery, record.hasReportedLowBattery, record.lastSeen) = (battery, hasReportedLowBattery, lastSeen)
        return record
    }
}
