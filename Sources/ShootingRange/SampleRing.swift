import Clocks
import Devices
import Signals

/// A notification of a sensor, as it came.
struct RecordedNotification: Hashable, Sendable {
    let bytes: [UInt8]
    let arrival: MonotonicTime
    /// From one sample to the next, as far as the sensor's settings were known.
    let interval: Nanoseconds?
    /// The count of samples before it.
    let firstSample: UInt64
    let samples: UInt64

    /// Whether it holds one of these, by the detector's count, which begins with 1.
    func overlaps(_ numbers: ClosedRange<UInt64>) -> Bool {
        firstSample < numbers.upperBound && firstSample + samples >= numbers.lowerBound
    }
}

/// What a sensor has sent lately, byte by byte: for explanations, and to try other thresholds on.
struct SampleRing: Hashable, Sendable {
    private var notifications: [RecordedNotification] = []
    private var first = 0
    private(set) var bytes = 0

    /// Two minutes at the fastest rate with four frames a notification.
    static let maximumBytes = 384 << 10
    static let maximumSpan = Nanoseconds.seconds(120)

    var isEmpty: Bool { first == notifications.count }
    var all: ArraySlice<RecordedNotification> { notifications[first...] }

    mutating func add(_ notification: RecordedNotification) {
        notifications.append(notification)
        bytes += notification.bytes.count
        while let oldest = all.first,
            bytes > Self.maximumBytes || notification.arrival - oldest.arrival > Self.maximumSpan
        {
            bytes -= oldest.bytes.count
            first += 1
        }
        if first > 256, first > notifications.count / 2 {
            notifications.removeSubrange(..<first)
            first = 0
        }
    }

    func since(_ time: MonotonicTime) -> [RecordedNotification] {
        all.filter { $0.arrival >= time }
    }

    /// The bytes in which a sample came; empty when they are gone.
    func bytes(of sample: UInt64) -> [UInt8] {
        all.last { $0.overlaps(sample...sample) }?.bytes ?? []
    }

    /// Those that hold the samples, and one before them for what was rest.
    func overlapping(_ numbers: ClosedRange<UInt64>) -> [RecordedNotification] {
        guard let place = all.firstIndex(where: { $0.overlaps(numbers) }) else { return [] }
        return Array(notifications[max(first, place - 1)...].prefix { $0.firstSample < numbers.upperBound })
    }
}
