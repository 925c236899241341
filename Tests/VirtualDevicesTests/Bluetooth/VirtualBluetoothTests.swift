import Bluetooth
import Devices
import Testing
import VirtualDevices

/// Uses hand-written packets, so that a shared misinterpretation of server and client is detected.
@Suite("Virtual GATT server") struct VirtualGATTServerTests {
    private static func hex(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private static let timer: [(String, String?)] = [
        // Handles: generic access 1 to 3, the timer's service 4 to 9.
        ("10 0100 ffff 0028", "11 06 0100 0300 0018"),
        ("10 0400 ffff 0028", "11 14 0400 0900 9ecadc240ee5a9e093f3a3b50100406e"),
        ("10 0a00 ffff 0028", "01 10 0a00 0a"),
        ("10 0100 ffff 0128", "01 10 0100 10"),
        ("08 0100 ffff 0328", "09 07 0200 02 0300 002a"),
        ("08 0300 ffff 0328", "09 15 0500 0c 0600 9ecadc240ee5a9e093f3a3b50200406e"),
        ("08 0600 ffff 0328", "09 15 0700 10 0800 9ecadc240ee5a9e093f3a3b50300406e"),
        ("04 0900 0900", "05 01 0900 0229"),
        ("04 0a00 ffff", "01 04 0a00 0a"),
        ("04 0000 0900", "01 04 0000 01"),
        ("04 0500 0400", "01 04 0500 01"),
        ("0a 0900", "0b 0000"),
        ("12 0900 0100", "13"),
        ("0a 0900", "0b 0100"),
        ("0a 0800", "01 0a 0800 02"),
        ("0a 6300", "01 0a 6300 01"),
        ("12 0800 01", "01 12 0800 03"),
        ("12 0900 01", "01 12 0900 04"),
        ("12 0600 41", "13"),
        ("52 0600 41", nil),
        ("52 0800 41", nil),
        ("0c 0900 0200", "0d"),
        ("0c 0900 0300", "01 0c 0900 07"),
        ("02 1700", "03 f700"),
        ("02 17", "01 02 0000 04"),
        ("16 0600 0000 41", "01 16 0600 06"),
        ("1e", nil),
        ("", nil),
    ]

    @Test("requests are answered exactly")
    func conversation() {
        var server = VirtualGATTServer(VirtualAMGCommander.serviceTable)
        for (request, answer) in Self.timer {
            let outcome = server.receive(Self.hex(request)[...]) { _ in nil }
            #expect(outcome.response == answer.map(Self.hex), "\(request)")
        }
    }

    @Test("a write is reported with its characteristic")
    func writes() {
        var server = VirtualGATTServer(VirtualAMGCommander.serviceTable)
        for opcode in ["12", "52"] {
            let outcome = server.receive(Self.hex("\(opcode) 0600 4142")[...]) { _ in nil }
            #expect(outcome.write?.value == [0x41, 0x42])
            #expect(outcome.write?.characteristic.description == "6e400002-b5a3-f393-e0a9-e50e24dcca9e")
        }
    }

    @Test("notifications need a subscription and are truncated to the MTU")
    func notifications() {
        var server = VirtualGATTServer(VirtualBT50.serviceTable)
        let value = [UInt8](repeating: 7, count: 128)
        #expect(server.notification(of: VirtualBT50.notifyCharacteristic, value) == nil)
        _ = server.receive(Self.hex("12 0700 0100")[...]) { _ in nil }
        #expect(server.notification(of: VirtualBT50.notifyCharacteristic, value)?.count == 23)
        _ = server.receive(Self.hex("02 0502")[...]) { _ in nil }
        #expect(server.mtu == 247)
        #expect(server.notification(of: VirtualBT50.notifyCharacteristic, value) == [0x1B, 0x06, 0x00] + value)
        _ = server.receive(Self.hex("12 0700 0000")[...]) { _ in nil }
        #expect(server.notification(of: VirtualBT50.notifyCharacteristic, value) == nil)
    }

    @Test("a server without MTU exchange rejects the request")
    func noMTU() {
        var server = VirtualGATTServer(VirtualBT50.serviceTable, traits: .init(mtu: nil))
        #expect(server.receive([2, 247, 0]) { _ in nil }.response == Self.hex("01 02 0000 06"))
        #expect(server.mtu == 23)
    }

    @Test("reads return the current value")
    func reads() {
        var server = VirtualGATTServer(VirtualHeartStrap.serviceTable)
        // Handles: generic access 1 to 3, heart rate 4 to 11, battery 12 to 15.
        for level in [96, 95] as [UInt8] {
            let outcome = server.receive(Self.hex("0a 0e00")[...]) {
                $0 == VirtualHeartStrap.batteryCharacteristic ? [level] : nil
            }
            #expect(outcome.response == [0x0B, level])
        }
    }
}

@Suite("Advertising payloads") struct AdvertisingPayloadTests {
    static let devices: [BluetoothAdvertisement] = [
        VirtualAMGCommander(RangeScript(), seed: 1).advertisement, VirtualBT50(seed: 2).advertisement,
        VirtualHeartStrap(seed: 3).advertisement,
    ]

    @Test("advertisement and scan response fit into packets and are complete", arguments: devices)
    func whole(device: BluetoothAdvertisement) {
        let bytes = AdvertisingPayload(device)
        #expect(bytes.advertisement.count <= 31 && bytes.scanResponse.count <= 31)
        var parsed = AdvertisingData(bytes.advertisement[...])
        parsed.merge(AdvertisingData(bytes.scanResponse[...]))
        #expect(parsed.name == device.name && parsed.malformedFields == 0)
        #expect(parsed.services.map(\.short) == device.services.map(\.short))
        let verdict = BluetoothAdvertisement(name: parsed.name, services: parsed.services, address: device.address)
            .identify()
        #expect(verdict == device.identify() && verdict != .unknown)
    }

    @Test("a name that does not fit beside a 128-bit service moves to the scan response")
    func names() {
        let bytes = AdvertisingPayload(Self.devices[0])
        #expect(AdvertisingData(bytes.advertisement[...]).name == nil)
        #expect(AdvertisingData(bytes.scanResponse[...]).name?.hasPrefix("AMG Lab COMM") ?? false)
    }
}
