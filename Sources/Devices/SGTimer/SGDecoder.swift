import Clocks

/// Reads what an SG Timer notifies or answers, as far as it concerns strings of fire; `firmware-protocols/sg-timer`
/// describes it. One value is one message. All numbers have their high byte first.
///
/// The first byte of an event claims a length. One documented example claims one byte too few, so the message's own
/// length is what counts.
package struct SGDecoder: DeviceDecoder {
    /// Which value is read.
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
    /// The string that is under way.
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

/// Events.
extension SGDecoder {
    private enum Kind {
        static let started: UInt8 = 0
        static let suspended: UInt8 = 1
        static let resumed: UInt8 = 2
        static let stopped: UInt8 = 3
        static let shot: UInt8 = 4
        static let began: UInt8 = 5

        /// Of the whole message.
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
            throw DecoderReject(.length, "an event has at least two bytes", byteCount: value.count)
        }
        let kind = value.byte(at: 1)
        guard let length = Kind.length(kind) else {
            throw DecoderReject(.unknown, "an event that no document explains", byteCount: value.count)
        }
        guard value.count == length else {
            throw DecoderReject(.length, "an event of this kind has another length", byteCount: value.count)
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
            // The beginning of this string was not heard.
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

/// Answers and lists.
extension SGDecoder {
    private static let answerLength = 3
    private static let savedShotLength = 6

    /// Several commands may be answered in one notification.
    private mutating func feedAnswers(_ value: ArraySlice<UInt8>, _ emit: (SGReading) -> Void) {
        guard !value.isEmpty, value.count % Self.answerLength == 0 else {
            let reject = DecoderReject(.length, "an answer has three bytes", byteCount: value.count)
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
            throw DecoderReject(.length, "two bytes follow the length of an answer", byteCount: answer.count)
        }
        guard answer.byte(at: 2) <= 1 else {
            throw DecoderReject(.range, "an answer is 0 for yes or 1 for no", byteCount: answer.count)
        }
        return .answered(command: answer.byte(at: 1), isAccepted: answer.byte(at: 2) == 0)
    }

    private static func savedShot(_ value: ArraySlice<UInt8>) throws(DecoderReject) -> SGReading {
        guard value.count == savedShotLength else {
            throw DecoderReject(.length, "a saved shot has six bytes", byteCount: value.count)
        }
        let time = value.bigEndian32(at: 2)
        guard time != .max else { return .saved(nil) }
        return .saved(SGSavedShot(rawNumber: Int(value.bigEndian16(at: 0)), time: .milliseconds(Int64(time))))
    }
}
