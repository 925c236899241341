import Clocks
import Devices

/// What a virtual device offers over Bluetooth.
package struct VirtualService: Sendable {
    package struct Characteristic: Sendable {
        package let uuid: BluetoothUUID
        /// As the standard numbers them: 02 read, 04 write without response, 08 write, 10 notify, 20 indicate.
        package let properties: UInt8

        package init(_ uuid: BluetoothUUID, _ properties: UInt8) {
            self.uuid = uuid
            self.properties = properties
        }
    }

    package let uuid: BluetoothUUID
    package let characteristics: [Characteristic]

    package init(_ uuid: BluetoothUUID, _ characteristics: [Characteristic]) {
        self.uuid = uuid
        self.characteristics = characteristics
    }

    /// What every device has: its name.
    static let genericAccess = VirtualService(BluetoothUUID(short: 0x1800), [.init(BluetoothUUID(short: 0x2A00), 0x02)])
}

/// A virtual device that can be connected to: it has services, and values that can be read.
package protocol VirtualGATTPeripheral: VirtualPeripheral {
    var services: [VirtualService] { get }

    /// The answer to a read; nil for what has no value of its own.
    func value(of characteristic: BluetoothUUID, at time: Nanoseconds) -> [UInt8]?

    /// The longest packet of the link, when both sides have agreed on one.
    mutating func update(mtu: Int)
}

extension VirtualGATTPeripheral {
    package func value(of characteristic: BluetoothUUID, at time: Nanoseconds) -> [UInt8]? { nil }

    package mutating func update(mtu: Int) {}
}

extension VirtualAMGCommander: VirtualGATTPeripheral {
    package var services: [VirtualService] { Self.serviceTable }

    package static let serviceTable: [VirtualService] = [
        .genericAccess,
        VirtualService(
            .nordicUART,
            [
                .init(BluetoothUUID(high: 0x6E40_0002_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E), 0x0C),
                .init(notifyCharacteristic, 0x10),
            ]),
    ]
}

extension VirtualBT50: VirtualGATTPeripheral {
    package var services: [VirtualService] { Self.serviceTable }

    /// With the maker's own spelling of the standard's base.
    package static let serviceTable: [VirtualService] = [
        .genericAccess,
        VirtualService(
            BluetoothUUID(high: 0x0000_FFE5_0000_1000, low: 0x8000_0080_5F9A_34FB),
            [
                .init(notifyCharacteristic, 0x10),
                .init(BluetoothUUID(high: 0x0000_FFE9_0000_1000, low: 0x8000_0080_5F9A_34FB), 0x0C),
            ]),
    ]

    package mutating func update(mtu: Int) { self.mtu = mtu }
}

extension VirtualHeartStrap: VirtualGATTPeripheral {
    package var services: [VirtualService] { Self.serviceTable }

    package static let serviceTable: [VirtualService] = [
        .genericAccess,
        VirtualService(
            BluetoothUUID(short: 0x180D),
            [
                .init(measurementCharacteristic, 0x10), .init(BluetoothUUID(short: 0x2A38), 0x02),
                .init(BluetoothUUID(short: 0x2A39), 0x08),
            ]),
        VirtualService(BluetoothUUID(short: 0x180F), [.init(batteryCharacteristic, 0x12)]),
    ]

    package func value(of characteristic: BluetoothUUID, at time: Nanoseconds) -> [UInt8]? {
        switch characteristic {
        case Self.batteryCharacteristic: batteryLevel(at: time)
        // Where it is worn: on the chest.
        case BluetoothUUID(short: 0x2A38): [1]
        default: nil
        }
    }
}

extension VirtualBluetoothMat: VirtualGATTPeripheral {
    package var services: [VirtualService] { Self.serviceTable }

    package static let serviceTable: [VirtualService] = [
        .genericAccess,
        VirtualService(
            .nordicUART,
            [
                .init(notifyCharacteristic, 0x10),
                .init(BluetoothUUID(high: 0x6E40_0002_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E), 0x0C),
            ]),
    ]
}

extension BluetoothUUID {
    static let nordicUART = BluetoothUUID(high: 0x6E40_0001_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
}
