import Bluetooth
import Clocks
import Devices
import Events
import Testing

@Suite("What is in the air") struct DiscoveredDevicesTests {
    private let start = MonotonicTime(nanoseconds: 0)
    private let timer = BluetoothAddress(bits: 0x6009_C31F_DC1A, kind: .publicAddress)

    private func name(_ text: String) -> AdvertisingData {
        AdvertisingData(([UInt8(text.utf8.count + 1), 9] + Array(text.utf8))[...])
    }

    @Test("a timer whose name is in the scan response is recognised when both have been heard")
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

    @Test("the same bits of the other kind are another device")
    func kinds() {
        var devices = DiscoveredDevices()
        devices.record(name("A"), from: timer, signal: nil, at: start)
        let other = BluetoothAddress(bits: timer.bits, kind: .random)
        let sighting = devices.record(name("B"), from: other, signal: nil, at: start)
        #expect(sighting == .new && devices.count == 2)
    }

    @Test("a crowd pushes out whoever has been silent for longest")
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

    @Test("the loudest of those heard lately come first")
    func order() {
        var devices = DiscoveredDevices()
        for (bits, signal, second) in [(1, -80, 9), (2, -40, 9), (3, -20, 1), (4, nil, 9)] as [(UInt64, Int8?, Int64)] {
            let address = BluetoothAddress(bits: bits, kind: .random)
            devices.record(name("A"), from: address, signal: signal, at: start + .seconds(second))
        }
        #expect(devices.seen(since: start + .seconds(5)).map(\.address.bits) == [2, 1, 4])
    }

    @Test("addresses are written as people write them")
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
