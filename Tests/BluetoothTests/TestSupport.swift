import Bluetooth
import VirtualDevices

/// Decodes hex digits; spaces are ignored.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// The kernel's events for one sensor.
extension VirtualKernel {
    static let sensor = BluetoothAddress(bits: 0xF8FE_9231_12E3, kind: .random)

    static func found(_ adapter: UInt16 = 0) -> [UInt8] { found(sensor, signal: -60, on: adapter) }

    static func connected(_ adapter: UInt16 = 0) -> [UInt8] { connected(sensor, on: adapter) }

    static func disconnected(_ adapter: UInt16 = 0) -> [UInt8] { disconnected(sensor, on: adapter) }
}
