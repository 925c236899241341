import Bluetooth
import VirtualDevices

/// What the kernel says of one sensor that is enough for the tests of this folder.
extension VirtualKernel {
    static let sensor = BluetoothAddress(bits: 0xF8FE_9231_12E3, kind: .random)

    static func found(_ adapter: UInt16 = 0) -> [UInt8] { found(sensor, signal: -60, on: adapter) }

    static func connected(_ adapter: UInt16 = 0) -> [UInt8] { connected(sensor, on: adapter) }

    static func disconnected(_ adapter: UInt16 = 0) -> [UInt8] { disconnected(sensor, on: adapter) }
}
