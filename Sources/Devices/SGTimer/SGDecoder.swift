import Clocks
import Events

/// A message of an SG Timer. Session is the timer's term for a string; its number is the start time in seconds since
/// 1970, by the timer's clock.
package enum SGReading: Hashable, Sendable {
    /// The start button was pressed; the beep follows after the delay.
    case started(session: UInt32, delay: Nanoseconds)
    case suspended(session: UInt32, shots: Int)
    case resumed(session: UInt32, shots: Int)
    case stopped(session: UInt32, shots: Int)
    case shot(SGShot)
    /// The beep.
    case began(session: UInt32)
    /// The answer to a command.
    case answered(command: UInt8, isAccepted: Bool)
    /// One shot of a saved session; nil after the last.
    case saved(SGSavedShot?)
    case rejected(DecoderReject)
}

package struct SGShot: Hashable, Sendable {
    package let session: UInt32
    /// Counted from 1, because documents disagree about the timer's first number.
    package let number: Int
    /// As sent by the timer.
    package let rawNumber: Int
    /// Since the beep, in milliseconds.
    package let time: Nanoseconds
    package let split: Nanoseconds
}

package struct SGSavedShot: Hashable, Sendable {
    /// Counted from 0.
    package let rawNumber: Int
    package let time: Nanoseconds
}

extension SGReading {
    /// The event of a string that this message reports; nil for other messages.
    package var action: TimerEvent.Action? {
        switch self {
        case .began: .started
        case .shot(let shot): .shot(Shot(number: shot.number, time: shot.time, split: shot.split, first: nil))
        case .stopped: .stopped(last: nil)
        case .started, .suspended, .resumed, .answered, .saved, .rejected: nil
        }
    }
}

/// Decodes notifications and answers of an SG Timer that concern strings; see `firmware-protocols/sg-timer`. One value
/// is one message. All numbers have their high byte first.
///
/// The first byte of an event is a length. In one documented example it is one too small, so only the length of the
/// message itself is checked.
package struct SGDecoder: DeviceDecoder {
    /// Which characteristic is decoded.
    package enum Characteristic: Sendable {
        /// 75200001
        case event
        /// 75200000
        case command
        /// 75200004
        case shotList
    }

    package private(set) var counters = DecoderCounters()
    private let characteristic: Characteristic
    /// The current string.
    private var shots = 0
    private var lastTime = Nanoseconds.zero

    package init(_ characteristic: Characteristic) {
        self.characteristic = characteristic
    }

    package var pendingByteCount: Int { 0 }

    package mutating func feed(_ value: ArraySlice<UInt8>, _ emit: (SGReading) -> Void) {
        switch characteristic {
        case .event: decode(value.count, emit) { decoder throws(DecoderReject) in try decoder.event(value) }
        case .shotList: decode(value.count, emit) { _ throws(DecoderReject) in try Self.savedShot(value) }
        case .command: feedAnswers(value, emit)
        }
    }

    package mutating func flush(_ emit: (SGReading) -> Void) {}

    private mutating func decode(
        _ byteCount: Int, _ emit: (SGReading) -> Void,
        _ read: (inout SGDecoder) throws(DecoderReject) -> SGReading
    ) {
        do throws(DecoderReject) {
            let reading = try read(&self)
            counters.accept(byteCount: byteCount)
            emit(reading)
        } catch {
            counters.reject(error)
            emit(.rejected(error))
        }
    }
}

extension SGDecoder {
    private enum Kind {
        static let started: UInt8 = 0
        static let suspended: UInt8 = 1
        static let resumed: UInt8 = 2
        static let stopped: UInt8 = 3
        static let shot: UInt8 = 4
        static let began: UInt8 = 5

        /// The length of the whole message.
        static func length(_ kind: UInt8) -> Int? {
            switch kind {
            case started, suspended, resumed, stopped: 8
            case shot: 12
            case began: 6
            default: nil
            }
        }
    }

    private mutating func event(_ value: ArraySlice<UInt8>) throws(DecoderReject) -> SGReading {
        guard value.count >= 2 else {
            throw DecoderReject(.length, "event shorter than two bytes", byteCount: value.count)
        }
        let kind = value.byte(at: 1)
        guard let length = Kind.length(kind) else {
            throw DecoderReject(.unknown, "undocumented event", byteCount: value.count)
        }
        guard value.count == length else {
            throw DecoderReject(.length, "event with a wrong length for its kind", byteCount: value.count)
        }
        let session = value.bigEndian32(at: 2)
        switch kind {
        case Kind.started:
            return .started(session: session, delay: .milliseconds(Int64(value.bigEndian16(at: 6)) * 100))
        case Kind.suspended: return .suspended(session: session, shots: Int(value.bigEndian16(at: 6)))
        case Kind.resumed: return .resumed(session: session, shots: Int(value.bigEndian16(at: 6)))
        case Kind.stopped: return .stopped(session: session, shots: Int(value.bigEndian16(at: 6)))
        case Kind.shot: return .shot(shot(value, of: session))
        default:
            shots = 0
            lastTime = .zero
            return .began(session: session)
        }
    }

    private mutating func shot(_ value: ArraySlice<UInt8>, of session: UInt32) -> SGShot {
        let time = Nanoseconds.milliseconds(Int64(value.bigEndian32(at: 8)))
        if time < lastTime {
            // The start of this string was missed.
            shots = 0
            lastTime = .zero
        }
        defer { lastTime = time }
        shots += 1
        return SGShot(
            session: session, number: shots, rawNumber: Int(value.bigEndian16(at: 6)), time: time,
            split: time - lastTime)
    }
}

extension SGDecoder {
    private static let answerLength = 3
    private static let savedShotLength = 6

    /// Several commands may be answered in one notification.
    private mutating func feedAnswers(_ value: ArraySlice<UInt8>, _ emit: (SGReading) -> Void) {
        guard !value.isEmpty, value.count % Self.answerLength == 0 else {
            let reject = DecoderReject(.length, "answer with other than three bytes", byteCount: value.count)
            counters.reject(reject)
            return emit(.rejected(reject))
        }
        for start in stride(from: value.startIndex, to: value.endIndex, by: Self.answerLength) {
            let answer = value[start..<start + Self.answerLength]
            decode(answer.count, emit) { _ throws(DecoderReject) in try Self.answer(answer) }
        }
    }

    private static func answer(_ answer: ArraySlice<UInt8>) throws(DecoderReject) -> SGReading {
        guard answer.byte(at: 0) == 2 else {
            throw DecoderReject(.length, "answer with a wrong length byte", byteCount: answer.count)
        }
        guard answer.byte(at: 2) <= 1 else {
            throw DecoderReject(.range, "answer other than 0 (accepted) or 1 (rejected)", byteCount: answer.count)
        }
        return .answered(command: answer.byte(at: 1), isAccepted: answer.byte(at: 2) == 0)
    }

    private static func savedShot(_ value: ArraySlice<UInt8>) throws(DecoderReject) -> SGReading {
        guard value.count == savedShotLength else {
            throw DecoderReject(.length, "saved shot with other than six bytes", byteCount: value.count)
        }
        let time = value.bigEndian32(at: 2)
        guard time != .max else { return .saved(nil) }
        return .saved(SGSavedShot(rawNumber: Int(value.bigEndian16(at: 0)), time: .milliseconds(Int64(time))))
    }
}
