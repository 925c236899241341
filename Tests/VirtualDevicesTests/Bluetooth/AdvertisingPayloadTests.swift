import Bluetooth
import Devices
import Testing
import VirtualDevices

@Suite("What virtual devices shout") struct AdvertisingPayloadTests {
    static let devices: [BluetoothAdvertisement] = [
        VirtualAMGCommander(RangeScript(), seed: 1).advertisement, VirtualBT50(seed: 2).advertisement,
        VirtualHeartStrap(seed: 3).advertisement,
    ]

    @Test("no packet is longer than the air allows, and both together say all", arguments: devices)
    func whole(device: BluetoothAdvertisement) {
        let bytes = AdvertisingPayload(device)
        #expect(bytes.advertisement.count <= 31 && bytes.scanResponse.count <= 31)
        var heard = AdvertisingData(bytes.advertisement[...])
        heard.merge(AdvertisingData(bytes.scanResponse[...]))
        #expect(heard.name == device.name && heard.malformedFields == 0)
        #expect(heard.services.map(\.short) == device.services.map(\.short))
        let verdict = BluetoothAdvertisement(name: heard.name, services: heard.services, address: device.address)
            .identify()
        #expect(verdict == device.identify() && verdict != .unknown)
    }

    @Test("a timer's name does not fit beside its long service, and is told when somebody asks")
    func names() {
        let bytes = AdvertisingPayload(Self.devices[0])
        #expect(AdvertisingData(bytes.advertisement[...]).name == nil)
        #expect(AdvertisingData(bytes.scanResponse[...]).name?.hasPrefix("AMG Lab COMM") ?? false)
    }
}
