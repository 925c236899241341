import Clocks
import Devices

/// A look-alike of the insole as its published firmware sends: frame after frame through a Nordic UART, in notifications of
/// 20 bytes.
///
/// Time counts from the moment the mat is switched on. It calibrates itself then, and says nothing meanwhile.
package struct VirtualBluetoothMat: VirtualPeripheral {
    private let name: String
    private let calibration: Nanoseconds
    private var mat: VirtualMat
    private var link: VirtualLink
    /// The next frame.
    private var next: VirtualMat.Emission

    package static let notifyCharacteristic = BluetoothUUID(high: 0x6E40_0003_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    /// However long packets may be.
    private static let notificationSize = 20
    private static let frameRate = 1.6
    /// So many scans of the foot at rest.
    package static let scansAtRest = 100

    /// - Parameter script: what goes wrong, from the end of the calibration on.
    package init(
        seed: UInt64, mat known: KnownMat = KnownMat.all[0], name: String = "BLE_Test",
        scansAtRest: Int = scansAtRest, script: [ScheduledMatFault] = []
    ) {
        self.name = name
        calibration = Nanoseconds(seconds: Double(scansAtRest) / Self.frameRate)
        mat = VirtualMat(
            VirtualMatFormat(known), seed: seed, rate: Self.frameRate, baudRate: 1_000_000, script: script,
            printsText: false)
        link = VirtualLink(seed: seed ^ 0x6D61_74, latency: 5...60)
        next = mat.next()
    }

    package var advertisement: BluetoothAdvertisement {
        BluetoothAdvertisement(name: name, services: [BluetoothUUID.nordicUART])
    }

    package var nextEvent: Nanoseconds? {
        min(calibration + next.end, link.nextArrival ?? .init(.max))
    }

    package mutating func tick(until time: Nanoseconds) -> [VirtualEmission] {
        while calibration + next.end <= time {
            for first in stride(from: 0, to: next.bytes.count, by: Self.notificationSize) {
                let piece = next.bytes[first..<min(first + Self.notificationSize, next.bytes.count)]
                link.notify(Self.notifyCharacteristic, Array(piece), at: calibration + next.end)
            }
            next = mat.next()
        }
        return link.deliver(until: time)
    }

    /// The firmware reads nothing of what is written to it.
    package mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] {
        tick(until: time)
    }
}
