import Bluetooth
import Clocks
import Devices
import Events
import Testing
import VirtualDevices

@Suite("Advertising data") struct AdvertisingDataTests {
    private func data(_ text: String) -> AdvertisingData { AdvertisingData(hex(text)[...]) }

    @Test("reads the name, services of all sizes and the power, and skips other fields")
    func fields() {
        let data = data("020106 03030d18 05050f180000 0b0957545642303153454e53 020af4 04ff590001")
        #expect(data.name == "WTVB01SENS")
        #expect(data.services == [BluetoothUUID(short: 0x180D), BluetoothUUID(short: 0x180F)])
        #expect(data.transmitPower == -12)
        #expect(data.malformedFields == 0)
        let long = self.data("1107 9ecadc240ee5a9e093f3a3b50100406e")
        #expect(long.services.map(\.description) == ["6e400001-b5a3-f393-e0a9-e50e24dcca9e"])
    }

    @Test("prefers a complete name to a shortened one in any order")
    func names() {
        #expect(data("040857542d 050957542d31").name == "WT-1")
        #expect(data("050957542d31 040857542d").name == "WT-1")
        var merged = data("040857542d")
        merged.merge(data("050957542d31"))
        #expect(merged.name == "WT-1")
        merged.merge(data("0309 5858"))
        #expect(merged.name == "XX")
        merged.merge(data("0308 5959"))
        #expect(merged.name == "XX")
    }

    @Test("removes control characters from a name")
    func hostileNames() {
        #expect(data("0609 41420043 44").name == "AB")
        #expect(data("0709 410a421b5b43").name == "AB[C")
        #expect(data("0409 c28541").name == "A")
        #expect(data("0309 ff41").name == "\u{FFFD}A")
        #expect(data("0109").name == nil && data("0209 00").name == nil)
    }

    @Test("counts malformed fields and keeps the fields before them")
    func malformed() {
        let cut = data("03030d18 0909 4142")
        #expect(cut.services.count == 1 && cut.name == nil && cut.malformedFields == 1)
        let wrongSize = data("04030d1801")
        #expect(wrongSize.services.count == 1 && wrongSize.malformedFields == 1)
        #expect(data("03 0a 0102").malformedFields == 1)
        #expect(data("ff").malformedFields == 1)
        // Padding, and empty data.
        #expect(data("03030d18 00 ffffff").malformedFields == 0)
        #expect(data("") == AdvertisingData())
    }

    @Test("limits the number of services and drops duplicates")
    func limits() {
        var data = AdvertisingData()
        for number in 0..<40 {
            data.merge(AdvertisingData([3, 3, UInt8(number), 0x18][...]))
            data.merge(AdvertisingData([3, 3, UInt8(number), 0x18][...]))
        }
        #expect(data.services.count == AdvertisingData.maximumServices)
        #expect(Set(data.services).count == AdvertisingData.maximumServices)
    }

    @Test("reads random bytes of any length")
    func garbage() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...62, using: &random)).map { _ in UInt8.random(in: 0...40, using: &random)
            }
            let data = AdvertisingData(bytes[...])
            #expect(data.services.count <= AdvertisingData.maximumServices)
        }
    }
}

@Suite("Discovered devices") struct DiscoveredDevicesTests {
    private let start = MonotonicTime(nanoseconds: 0)
    private let timer = BluetoothAddress(bits: 0x6009_C31F_DC1A, kind: .publicAddress)

    private func name(_ text: String) -> AdvertisingData {
        AdvertisingData(([UInt8(text.utf8.count + 1), 9] + Array(text.utf8))[...])
    }

    @Test("recognises a timer whose name is only in the scan response")
    func merging() throws {
        var devices = DiscoveredDevices()
        let service = AdvertisingData(hex("1107 9ecadc240ee5a9e093f3a3b50100406e")[...])
        let first = devices.record(service, from: timer, signal: -60, at: start)
        let second = devices.record(name("AMG Lab COMM DC1A"), from: timer, signal: nil, at: start + .milliseconds(1))
        let third = devices.record(service, from: timer, signal: -70, at: start + .seconds(1))
        #expect([first, second, third] == [.new, .reclassified, .known])
        let device = try #require(devices[timer])
        guard case .device(.amgCommander, .certain, _) = device.verdict else { return #expect(Bool(false)) }
        #expect(device.signal == -70 && device.lastSeen == start + .seconds(1))
    }

    @Test("distinguishes public and random addresses with the same bits")
    func kinds() {
        var devices = DiscoveredDevices()
        devices.record(name("A"), from: timer, signal: nil, at: start)
        let other = BluetoothAddress(bits: timer.bits, kind: .random)
        let sighting = devices.record(name("B"), from: other, signal: nil, at: start)
        #expect(sighting == .new && devices.count == 2)
    }

    @Test("replaces the device seen least recently when the table is full")
    func capacity() {
        var devices = DiscoveredDevices()
        for number in 0...DiscoveredDevices.capacity {
            let address = BluetoothAddress(bits: UInt64(number), kind: .random)
            devices.record(name("A"), from: address, signal: nil, at: start + .seconds(Int64(number)))
        }
        #expect(devices.count == DiscoveredDevices.capacity)
        #expect(devices[BluetoothAddress(bits: 0, kind: .random)] == nil)
        #expect(devices[BluetoothAddress(bits: 1, kind: .random)] != nil)
    }

    @Test("lists recent devices by signal strength")
    func order() {
        var devices = DiscoveredDevices()
        for (bits, signal, second) in [(1, -80, 9), (2, -40, 9), (3, -20, 1), (4, nil, 9)] as [(UInt64, Int8?, Int64)] {
            let address = BluetoothAddress(bits: bits, kind: .random)
            devices.record(name("A"), from: address, signal: signal, at: start + .seconds(second))
        }
        #expect(devices.seen(since: start + .seconds(5)).map(\.address.bits) == [2, 1, 4])
    }

    @Test("formats and parses addresses")
    func addresses() {
        #expect("\(timer)" == "60:09:C3:1F:DC:1A")
        #expect(BluetoothAddress("60:09:c3:1f:dc:1a", kind: .publicAddress) == timer)
        #expect("\(BluetoothAddress(bits: 0, kind: .random))" == "00:00:00:00:00:00")
        for text in [
            "", "60:09:C3:1F:DC", "60:09:C3:1F:DC:1A:00", "60:09:C3:1F:DC:1", "+6:09:C3:1F:DC:1A", "6009C31FDC1A",
        ] {
            #expect(BluetoothAddress(text, kind: .random) == nil, "\(text)")
        }
    }
}
