/// The characteristic Battery Level (0x2A19) of the Bluetooth specification.
enum BatteryLevel {
    /// The charge in percent.
    static func decode(_ value: ArraySlice<UInt8>) throws(DecoderReject) -> Int {
        guard let level = value.first, value.count == 1 else {
            throw DecoderReject(.length, "battery level with other than one byte", byteCount: value.count)
        }
        guard level <= 100 else {
            throw DecoderReject(.range, "battery level above 100 percent", byteCount: 1)
        }
        return Int(level)
    }
}
