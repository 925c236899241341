import Clocks
import Devices
import Signals
import Text

/// A recording as text that `leadville-gateway decode bt50` reads: one notification per line as hex, followed by `#`,
/// its time since the beginning and the sample interval.
enum SensorRecording {
    static func text(_ notifications: some Collection<RecordedNotification>) -> [UInt8] {
        guard let begin = notifications.first?.arrival else { return [] }
        var text: [UInt8] = []
        for notification in notifications {
            Hexadecimal.append(notification.bytes, to: &text)
            text += " # \((notification.arrival - begin).count) ns".utf8
            if let interval = notification.interval { text += ", \(interval.count) ns apart".utf8 }
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }

    /// More than any recording lasts, and than samples are apart; sums of them stay within the type.
    private static let longest = (recording: Int64(1) << 60, interval: Nanoseconds.seconds(60).count)

    /// Ignores invalid lines.
    static func notifications(in text: [UInt8]) -> [DryRun.Notification] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let parts = line.split(separator: UInt8(ascii: "#"), maxSplits: 1)
            guard parts.count == 2, let bytes = Hexadecimal.bytes(parts[0].filter { $0 != 0x20 }[...]),
                let numbers = numbers(in: parts[1]), numbers[0] <= longest.recording,
                numbers.dropFirst().first ?? 0 <= longest.interval
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
