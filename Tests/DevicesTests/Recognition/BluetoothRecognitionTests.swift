import Devices
import Events
import Testing

@Suite("Bluetooth recognition") struct BluetoothRecognitionTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String?
        var services: [String] = []
        var address: UInt64?
        /// Nil for a device that is not supported.
        let family: DeviceFamily?
        var confidence: BluetoothIdentification.Confidence = .certain
        var testDescription: String { "\(name ?? "nameless") \(services)" }
    }

    private static let uart = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
    private static let wit = "0000ffe5-0000-1000-8000-00805f9a34fb"

    static let rows: [Row] = [
        Row(name: "AMG Lab COMM DC1A", services: [uart], address: 0x6009_C31F_DC1A, family: .amgCommander),
        Row(name: "amg lab comm 0001", family: .amgCommander),
        Row(name: "COMMANDER 12", services: [uart], family: .amgCommander, confidence: .likely),
        Row(name: "Commander of lights", family: .amgCommander, confidence: .possible),
        Row(name: nil, services: [uart], address: 0x6009_C384_7FF4, family: .amgCommander, confidence: .possible),
        Row(name: "WTVB01-BT50", services: [wit], address: 0xF8FE_9231_12E3, family: .bt50),
        Row(name: "wtvb01-bt50", family: .bt50),
        Row(name: "WTSensor-01", services: [wit], family: .bt50, confidence: .likely),
        Row(name: nil, services: [wit], family: .bt50, confidence: .possible),
        Row(name: nil, services: ["ffe5"], family: .bt50, confidence: .possible),
        Row(name: nil, services: ["0000ffe5-0000-1000-8000-00805f9b34fb"], family: .bt50, confidence: .possible),
        Row(name: "WT901BLE67", services: [wit], family: nil),
        Row(name: "BWT901BLE5.0", services: [wit], family: nil),
        Row(name: "Polar H10 1234", services: ["180d", "180f"], family: .heartStrap),
        Row(name: nil, services: ["0000180d-0000-1000-8000-00805f9b34fb"], family: .heartStrap),
        Row(name: "SP M1A2 Timer 4F03", family: .specialPie),
        Row(name: "SP M1A2 Timer 4F03", services: ["fff0"], family: .specialPie),
        Row(name: "a lamp", services: ["fff0"], family: .specialPie, confidence: .possible),
        Row(name: "Ben's tablet", services: ["e5a10001-f1a2-4b63-9f8c-d7b781e35e2a"], family: .specialPie),
        Row(name: "ShotTimer Relay", family: .specialPie, confidence: .likely),
        Row(name: nil, services: ["7520FFFF-14D2-4CDA-8B6B-697C554C9311"], family: .sgTimer),
        Row(name: "SG-SST4B12345", family: .sgTimer, confidence: .likely),
        Row(name: "SG-SST4A12345", services: ["7520ffff14d24cda8b6b697c554c9311"], family: .sgTimer),
        Row(name: "PressureGrid", services: [uart], family: .pressureMat),
        Row(name: "PressureGrid", family: .pressureMat, confidence: .likely),
        Row(name: "BLE_Test", services: [uart], family: .pressureMat, confidence: .likely),
        Row(name: "BLE_Test", family: .pressureMat, confidence: .possible),
        Row(name: "BLE_Test", services: [uart], address: 0x6009_C384_7FF4, family: .pressureMat, confidence: .likely),
        // Two rules match: the more confident one wins, and equal ones are ambiguous.
        Row(name: "WTVB01-BT50", services: ["fff0"], family: .bt50),
        Row(name: "AMG Lab COMM DC1A", services: ["180d"], family: .heartStrap, confidence: .possible),
    ]

    @Test("identifies devices by name, service and address", arguments: rows)
    func table(row: Row) throws {
        let services = try row.services.map { try #require(BluetoothUUID($0)) }
        let advertisement = BluetoothAdvertisement(name: row.name, services: services, address: row.address)
        switch advertisement.identify() {
        case .device(let family, let confidence, let reason):
            #expect(family == row.family)
            #expect(confidence == row.confidence)
            #expect(!reason.isEmpty)
        case .unsupported(let reason):
            #expect(row.family == nil)
            #expect(!reason.isEmpty)
        case .unknown:
            Issue.record("not identified")
        }
    }

    @Test(
        "leaves unrelated devices unidentified",
        arguments: ["", "WT", "AMG", "my AMG Lab COMM", "JBL Flip", "SP", "SG-SST", "Sensor", "BLE", "Pressure"])
    func strangers(name: String) {
        #expect(BluetoothAdvertisement(name: name).identify() == .unknown)
        let uart = BluetoothUUID(Self.uart).map { [$0] } ?? []
        #expect(BluetoothAdvertisement(name: nil, services: uart, address: 0x1122_3344_5566).identify() == .unknown)
        #expect(BluetoothAdvertisement(name: nil, address: 0x6009_C384_7FF4).identify() == .unknown)
    }

    @Test("identifies every Bluetooth device with certainty")
    func families() {
        let certain = Set(Self.rows.filter { $0.confidence == .certain }.compactMap(\.family))
        #expect(certain == [.amgCommander, .bt50, .heartStrap, .pressureMat, .specialPie, .sgTimer])
    }

    @Test("parses and formats UUIDs")
    func identifiers() throws {
        let text = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
        #expect(try #require(BluetoothUUID(text)).description == text)
        #expect(BluetoothUUID("180D") == BluetoothUUID(short: 0x180D))
        #expect(BluetoothUUID(short: 0x180D).description == "0000180d-0000-1000-8000-00805f9b34fb")
        #expect(BluetoothUUID(short: 0x2A37).short == 0x2A37)
        #expect(BluetoothUUID(Self.wit)?.short == 0xFFE5)
        #expect(BluetoothUUID(text)?.short == nil)
        for wrong in ["", "18", "180g", "180d0", "6e400001-b5a3-f393-e0a9-e50e24dcca9e0"] {
            #expect(BluetoothUUID(wrong) == nil)
        }
    }
}
