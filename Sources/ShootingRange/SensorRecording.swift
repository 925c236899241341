import Clocks
import Devices
import Signals

/// A recording as text that `leadville-gateway decode bt50` reads: one notification per line as hex, followed by `#`,
/// its time since the beginning and the sample interval.
enum SensorRecording {
    static func text(_ notifications: some Collection<RecordedNotification>) -> [UInt8] {
        guard let begin = notifications.first?.arrival else { return [] }
        var text: [UInt8] = []
        for notification in notifications {
            for byte in notification.bytes { Hexadecimal.append(byte, to: &text) }
            text += " # \((notification.arrival - begin).count) ns".utf8
            if let interval = notification.interval { text += ", \(interval.count) ns apart".utf8 }
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }

    /// Ignores invalid lines.
    static func notifications(in text: [UInt8]) -> [DryRun.Notification] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let parts = line.split(separator: UInt8(ascii: "#"), maxSplits: 1)
            guard parts.count == 2, let bytes = Hexadecimal.bytes(parts[0]), let numbers = numbers(in: parts[1])
            else { return nil }
            return notification(
                bytes, at: MonotonicTime(nanoseconds: numbers[0]),
                interval: numbers.dropFirst().first.map { Nanoseconds($0) })
        }
    }

    static func notification(_ notification: RecordedNotification) -> DryRun.Notification {
        self.notification(notification.bytes, at: notification.arrival, interval: notification.interval)
    }

    private static func notification(
        _ bytes: [UInt8], at arrival: MonotonicTime, interval: Nanoseconds?
    ) -> DryRun.Notification {
        var decoder = BT50Decoder(sampleInterval: interval)
        var samples: [ImpactSample] = []
        decoder.feed(bytes[...]) { if let sample = ImpactSample($0) { samples.append(sample) } }
        return DryRun.Notification(arrival: arrival, samples: samples)
    }

    private static func numbers(in comment: ArraySlice<UInt8>) -> [Int64]? {
        let numbers = comment.split { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            .compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
        return numbers.isEmpty ? nil : numbers
    }
}

/// Conversion between bytes and pairs of hexadecimal digits.
enum Hexadecimal {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes { append(byte, to: &text) }
        return String(decoding: text, as: UTF8.self)
    }

    static func append(_ byte: UInt8, to text: inout [UInt8]) {
        text.append(digit(byte >> 4))
        text.append(digit(byte & 15))
    }

    /// Nil unless the text consists of pairs of digits, optionally with spaces.
    static func bytes(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text where character != 0x20 {
            guard let digit = value(character) else { return nil }
            if let upper = high {
                bytes.append(upper << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
