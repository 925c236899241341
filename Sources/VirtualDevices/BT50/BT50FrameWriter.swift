import Clocks

/// The sensor's frames, to the byte.
enum BT50FrameWriter {
    /// 15 words: velocity, angle, temperature, displacement, frequency, alarms, battery.
    static func vibration(_ words: [Int]) -> [UInt8] {
        [0x55, 0x61] + words.flatMap(word)
    }

    /// 15 words: acceleration, rotation, velocity, angle, displacement.
    static func motion(_ words: [Int], chipTime: Nanoseconds) -> [UInt8] {
        let milliseconds = chipTime.count / 1_000_000
        let seconds = milliseconds / 1_000
        // The chip's calendar begins on 2015-01-01, and nobody leaves a sensor on for a month.
        let day = UInt8(truncatingIfNeeded: 1 + seconds / 86_400 % 31)
        let time = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60].map { UInt8(truncatingIfNeeded: $0) }
        return [0x55, 0x61, 15, 1, day] + time + word(Int(milliseconds % 1_000)) + words.flatMap(word)
    }

    static func registers(_ first: UInt8, _ values: [UInt16]) -> [UInt8] {
        [0x55, 0x71, first, 0] + values.flatMap { word(Int($0)) }
    }

    private static func word(_ value: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
    }
}
