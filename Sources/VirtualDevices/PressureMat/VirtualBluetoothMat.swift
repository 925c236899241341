import Clocks
import Devices

/// A virtual insole with the published firmware: it sends frames through the Nordic UART service, in notifications of 20
/// bytes.
///
/// Time counts from power-on. The mat first calibrates itself, during which it sends nothing.
package struct VirtualBluetoothMat: VirtualPeripheral {
    private let name: String
    private let calibration: Nanoseconds
    private var mat: VirtualMat
    private var link: VirtualLink
    /// The next frame.
    private var next: VirtualMat.Emission

    package static let notifyCharacteristic = BluetoothUUID.nordicUARTNotify
    /// The firmware's notification size, regardless of the MTU.
    private static let notificationSize = 20
    private static let frameRate = 1.6
    /// The number of calibration scans.
    package static let scansAtRest = 100

    /// - Parameter script: faults, with times relative to the end of the calibration.
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
                let part = next.bytes[first..<min(first + Self.notificationSize, next.bytes.count)]
                link.notify(Self.notifyCharacteristic, Array(part), at: calibration + next.end)
            }
            next = mat.next()
        }
        return link.deliver(until: time)
    }

    /// The firmware ignores writes.
    package mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] {
        tick(until: time)
    }
}

extension VirtualBluetoothMat: VirtualGATTPeripheral {
    package var services: [VirtualService] { Self.serviceTable }

    /// Declares the notifying characteristic first, as the insole does.
    package static let serviceTable: [VirtualService] = [
        .genericAccess,
        VirtualService(.nordicUART, [.init(.nordicUARTNotify, 0x10), .init(.nordicUARTWrite, 0x0C)]),
    ]
}
