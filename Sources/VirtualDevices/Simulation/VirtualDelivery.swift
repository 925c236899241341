import Clocks
import Reactor

/// Bytes that arrive from a virtual device, or the loss of its link, with the time since power-on.
package struct VirtualDelivery: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// A message or a part of the stream.
        case bytes([UInt8])
        case linkLost
    }

    package let time: Nanoseconds
    package let content: Content

    init(_ time: Nanoseconds, _ bytes: [UInt8]) {
        self.time = time
        content = .bytes(bytes)
    }

    init(linkLostAt time: Nanoseconds) {
        self.time = time
        content = .linkLost
    }
}

/// The deliveries of a connected virtual device, in order. They are computed without waiting; `VirtualDevicePlayer` plays
/// them in real time.
package protocol DeliverySource: Sendable {
    /// Nil if there are no further deliveries.
    mutating func next() -> VirtualDelivery?
}

/// Output formats for deliveries that the `decode` command reads.
package enum DeliveryFormat: Sendable {
    /// Hexadecimal digits, followed by the time in a comment.
    case hexLines
    /// The raw bytes.
    case bytes
    /// Text messages, one per line.
    case textLines

    package func write(_ delivery: VirtualDelivery, to text: inout [UInt8]) {
        let newline = UInt8(ascii: "\n")
        switch (delivery.content, self) {
        case (.bytes(let bytes), .bytes): text += bytes
        case (.bytes(let bytes), .textLines):
            text += bytes
            text.append(newline)
        case (.bytes(let bytes), .hexLines):
            for byte in bytes { text += [Self.digit(byte >> 4), Self.digit(byte & 15), UInt8(ascii: " ")] }
            text += " # \(Self.seconds(delivery.time)) s\n".utf8
        case (.linkLost, .hexLines): text += "# \(Self.seconds(delivery.time)) s: the link is lost\n".utf8
        case (.linkLost, .bytes), (.linkLost, .textLines): break
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func seconds(_ time: Nanoseconds) -> String {
        let milliseconds = time.count / 1_000_000
        let rest = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - rest.utf8.count) + rest
    }
}

/// Plays a virtual device in real time: passes on each delivery at its time of arrival.
@ReactorActor
package final class VirtualDevicePlayer {
    private var source: any DeliverySource
    private let end: Nanoseconds?
    private let onDelivery: @ReactorActor (VirtualDelivery) -> Void
    private let onEnd: @ReactorActor () -> Void
    private let timers: TimerQueue
    private var start: MonotonicTime
    private var timer: TimerQueue.Token?

    /// - Parameters:
    ///   - end: when the device is switched off; nil if it stays on.
    ///   - onEnd: called at that time, or after the last delivery.
    package init(
        _ source: any DeliverySource, until end: Nanoseconds?, timers: TimerQueue = EventLoop.shared.timers,
        onDelivery: @escaping @ReactorActor (VirtualDelivery) -> Void, onEnd: @escaping @ReactorActor () -> Void
    ) {
        self.source = source
        self.end = end
        self.timers = timers
        self.onDelivery = onDelivery
        self.onEnd = onEnd
        start = timers.now
    }

    /// Powers the device on.
    package func play() {
        start = timers.now
        schedule()
    }

    package func stop() {
        timer.map(timers.cancel)
        timer = nil
    }

    private func schedule() {
        guard let next = source.next() else { return onEnd() }
        if let end, next.time > end {
            timer = timers.at(start + end) { [self] in onEnd() }
        } else {
            timer = timers.at(start + next.time) { [self] in
                onDelivery(next)
                if timer != nil { schedule() }
            }
        }
    }
}
