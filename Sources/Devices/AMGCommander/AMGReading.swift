import Clocks
import Events

/// A message of the AMG Commander: pushed at the beep, each shot and the end, or the answer to a request.
package enum AMGReading: Hashable, Sendable {
    case push(AMGPush)
    /// The answer to `REQ SCREEN HEX`.
    case screen(AMGStatus)
    case list(AMGShotList)
    case text(AMGText)
    case rejected(DecoderReject)
}

extension Nanoseconds {
    /// The timer's unit: 0.01 s, unsigned, at most 655.35 s.
    static func centiseconds(_ count: UInt16) -> Self {
        Self(Int64(count) * 10_000_000)
    }
}

/// The status of the timer: what it displays.
///
///     01 ss cc tt  TT TT  PP PP  FF FF  LL LL
///
/// - ss: state · cc: this shot · tt: shots so far; in a start packet those of the previous string
/// - TT: time since the beep · PP: split · FF: first shot · LL: last shot, all in centiseconds, unsigned, high byte first
///
/// In a start packet FF and LL still belong to the previous string. A stop packet repeats the last shot.
package struct AMGStatus: Hashable, Sendable {
    package let state: AMGState
    package let shot: Int
    package let total: Int
    package let time: Nanoseconds
    package let split: Nanoseconds
    package let first: Nanoseconds
    package let last: Nanoseconds

    /// The answer to `REQ SCREEN HEX` consists of a status only.
    static let length = 12

    /// Requires 12 bytes.
    init(frame: ArraySlice<UInt8>) {
        state = AMGState(code: frame.byte(at: 1))
        shot = Int(frame.byte(at: 2))
        total = Int(frame.byte(at: 3))
        time = .centiseconds(frame.bigEndian16(at: 4))
        split = .centiseconds(frame.bigEndian16(at: 6))
        first = .centiseconds(frame.bigEndian16(at: 8))
        last = .centiseconds(frame.bigEndian16(at: 10))
    }
}

/// The packet that the timer sends unprompted while its "BLE push" setting is on: its status, and in two further bytes the
/// number of the string since the timer was switched on.
package struct AMGPush: Hashable, Sendable {
    package let status: AMGStatus
    package let string: Int

    static let length = 14

    /// Requires 14 bytes.
    init(frame: ArraySlice<UInt8>) {
        status = AMGStatus(frame: frame)
        string = Int(frame.bigEndian16(at: 12))
    }
}

/// What the timer is doing or has just done.
package enum AMGState: Hashable, Sendable {
    case shot
    /// The beep.
    case started
    case stopped
    /// A code that is not documented; not an error.
    case other(UInt8)

    package init(code: UInt8) {
        self =
            switch code {
            case 3: .shot
            case 5: .started
            case 8: .stopped
            default: .other(code)
            }
    }

    package var code: UInt8 {
        switch self {
        case .shot: 3
        case .started: 5
        case .stopped: 8
        case .other(let code): code
        }
    }
}

extension AMGPush {
    /// The event of a string that this packet reports; nil for undocumented codes.
    package var action: TimerEvent.Action? {
        switch status.state {
        case .started: .started
        case .shot: .shot(asShot)
        case .stopped: .stopped(last: status.shot > 0 ? asShot : nil)
        case .other: nil
        }
    }

    private var asShot: Shot {
        Shot(number: status.shot, time: status.time, split: status.split, first: status.first)
    }
}

/// The answer to `REQ STRING HEX`: the times of all shots of a string since the beep.
package struct AMGShotList: Hashable, Sendable {
    package let times: [Nanoseconds]
    package let end: End

    /// How the end of the list was detected; the timer does not mark it. The raw value is a stable name.
    package enum End: String, CaseIterable, Sendable {
        /// A packet with fewer times than fit.
        case shortPacket = "short_packet"
        /// As many times as the timer has counted shots.
        case total
        /// The seventeenth packet, which has the highest code.
        case lastPacket = "last_packet"
        /// A timeout. If a packet was lost, the list is too short.
        case silence
    }

    package var action: TimerEvent.Action { .listed(times: times) }
}

/// One packet of the answer to `REQ SCREEN TEXT` or `REQ STRING TEXT`: text for display.
package enum AMGText: Hashable, Sendable {
    /// `Shot# 5 of 5`
    case shot(Int, of: Int)
    /// `Time: 3.46`
    case time(Nanoseconds)
    /// `Split: 0.33`
    case split(Nanoseconds)
    /// `First Shot: 1.24`
    case firstShot(Nanoseconds)
    /// `Last Shot: 3.46`
    case lastShot(Nanoseconds)
    /// Any other printable text.
    case other(String)

    /// Nil for anything but printable text.
    init?(packet: ArraySlice<UInt8>) {
        let isLineEnd = { (byte: UInt8) in byte == 13 || byte == 10 }
        let line = packet.prefix { !isLineEnd($0) }
        guard !line.isEmpty, packet[line.endIndex...].allSatisfy(isLineEnd),
            line.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        let text = String(decoding: line, as: UTF8.self)
        self = Self.parse(text) ?? .other(text)
    }

    private static func parse(_ text: String) -> Self? {
        let words = text.split(separator: " ")
        if words.count == 4, words[0] == "Shot#", words[2] == "of" {
            guard let shot = natural(words[1]), let total = natural(words[3]) else { return nil }
            return .shot(shot, of: total)
        }
        guard let last = words.last, let time = seconds(last) else { return nil }
        return switch words.dropLast().joined(separator: " ") {
        case "Time:": .time(time)
        case "Split:": .split(time)
        case "First Shot:": .firstShot(time)
        case "Last Shot:": .lastShot(time)
        default: nil
        }
    }

    /// Seconds with at most two decimals.
    private static func seconds(_ word: Substring) -> Nanoseconds? {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = natural(parts[0]) else { return nil }
        guard parts.count == 2 else { return .seconds(Int64(whole)) }
        guard parts[1].utf8.count <= 2, let fraction = natural(parts[1]) else { return nil }
        let centiseconds = parts[1].utf8.count == 1 ? fraction * 10 : fraction
        return .seconds(Int64(whole)) + .milliseconds(Int64(centiseconds) * 10)
    }

    /// One to six digits, without a sign.
    private static func natural(_ word: Substring) -> Int? {
        guard (1...6).contains(word.utf8.count), word.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(word)
    }
}
