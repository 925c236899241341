import Bluetooth
import Clocks

/// What comes through the air and out of the kernel: advertisements, events of the management socket and of a raw one.
enum AdvertisingFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        let data = AdvertisingData(input)
        try check(data)
        var again = data
        again.merge(data)
        try require(again.name == data.name && again.services == data.services, "heard twice, it is another device")
        if case .found(let device)? = (try? ManagementPacket(input))?.event { try check(device.data) }
        guard case .advertisements(let reports)? = try? HCIEvent(input) else { return }
        try require(reports.count <= 25, "\(reports.count) reports in one event")
        var devices = DiscoveredDevices()
        for report in reports {
            try check(report.data)
            devices.record(report.data, from: report.address, signal: report.signal, at: MonotonicTime(nanoseconds: 0))
        }
        try require(devices.count <= reports.count, "\(devices.count) devices in \(reports.count) reports")
    }

    private static func check(_ data: AdvertisingData) throws {
        if let name = data.name { try require(PrintableLine.isValid(name), "the name \(name.debugDescription)") }
        try require(data.services.count <= AdvertisingData.maximumServices, "\(data.services.count) services")
    }
}
