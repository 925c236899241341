import Clocks
import Events

/// A message of a SpecialPie timer or a relay.
package enum SpecialPieReading: Hashable, Sendable {
    case started(group: Int)
    case shot(SpecialPieShot)
    case stopped(group: Int)
    case rejected(DecoderReject)
}

package struct SpecialPieShot: Hashable, Sendable {
    /// Counted from 1, because timers differ in their first number.
    package let number: Int
    /// As sent by the timer.
    package let rawNumber: Int
    package let group: Int
    /// Since the beep, in 0.01 s.
    package let time: Nanoseconds
    /// Computed from the previous shot; the timer does not send it.
    package let split: Nanoseconds
}

extension SpecialPieReading {
    /// The event of a string that this message reports.
    package var action: TimerEvent.Action? {
        switch self {
        case .started: .started
        case .shot(let shot): .shot(Shot(number: shot.number, time: shot.time, split: shot.split, first: nil))
        case .stopped: .stopped(last: nil)
        case .rejected: nil
        }
    }
}

/// Decodes the frames of a SpecialPie M1A2, or of a relay with the same protocol; see `firmware-protocols/specialpie`.
/// Bytes may be split anywhere.
///
///     F8 F9  34 GG              F9 F8    started
///     F8 F9  36 SS SS CC NN GG  F9 F8    shot NN after SS SS seconds and CC hundredths
///     F8 F9  18 GG              F9 F8    stopped
package struct SpecialPieDecoder: DeviceDecoder {
    package private(set) var counters = DecoderCounters()
    private var pending: [UInt8] = []
    /// Why bytes are being skipped, and how many were skipped so far; nil while synchronised.
    private var skipCause: SkipCause?
    private var skipped = 0
    /// The current string.
    private var shots = 0
    private var lastTime = Nanoseconds.zero

    private struct SkipCause {
        let reason: DecoderReject.Reason
        let detail: String
    }

    /// Noise without end is reported in blocks of this size.
    private static let longestSkip = 4_096

    package init() {}

    package var pendingByteCount: Int { pending.count + skipped }

    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (SpecialPieReading) -> Void) {
        pending += bytes
        var cursor = 0
        while true {
            switch step(at: cursor) {
            case .needsMore:
                pending.removeSubrange(..<cursor)
                return
            case .frame(let length):
                reportSkipped(emit)
                decodeFrame(pending[cursor..<cursor + length], emit)
                cursor += length
            case .skip(let skipCause):
                // A header without a valid frame begins a new run of skipped bytes.
                if skipCause.reason != .resynchronised { reportSkipped(emit) }
                if self.skipCause == nil { self.skipCause = skipCause }
                cursor += 1
                skipped += 1
                if skipped == Self.longestSkip { reportSkipped(emit) }
            }
        }
    }

    package mutating func flush(_ emit: (SpecialPieReading) -> Void) {
        reportSkipped(emit)
        if !pending.isEmpty {
            recordReject(DecoderReject(.truncated, "incomplete frame", byteCount: pending.count), emit)
            pending.removeAll(keepingCapacity: true)
        }
    }
}

/// Framing by length, which follows from the kind.
extension SpecialPieDecoder {
    private enum Step {
        case frame(length: Int)
        case skip(SkipCause)
        case needsMore
    }

    private enum Kind {
        static let started: UInt8 = 0x34
        static let shot: UInt8 = 0x36
        static let stopped: UInt8 = 0x18

        static func length(_ kind: UInt8) -> Int? {
            switch kind {
            case started, stopped: 6
            case shot: 10
            default: nil
            }
        }
    }

    private func step(at place: Int) -> Step {
        let none = Step.skip(SkipCause(reason: .resynchronised, detail: "no frame found in these bytes"))
        guard place < pending.count else { return .needsMore }
        guard pending[place] == 0xF8 else { return none }
        guard place + 1 < pending.count else { return .needsMore }
        guard pending[place + 1] == 0xF9 else { return none }
        guard place + 2 < pending.count else { return .needsMore }
        guard let length = Kind.length(pending[place + 2]) else {
            return .skip(SkipCause(reason: .unknown, detail: "undocumented kind of frame"))
        }
        guard place + length <= pending.count else { return .needsMore }
        guard pending[place + length - 2] == 0xF9, pending[place + length - 1] == 0xF8 else {
            return .skip(SkipCause(reason: .checksum, detail: "frame without an end mark"))
        }
        // A frame with an impossible value may be noise that ends like a frame: search inside it.
        guard pending[place + 2] != Kind.shot || pending[place + 5] < 100 else {
            return .skip(SkipCause(reason: .range, detail: "frame with more than 99 hundredths"))
        }
        return .frame(length: length)
    }

    private mutating func reportSkipped(_ emit: (SpecialPieReading) -> Void) {
        guard let skipCause, skipped > 0 else { return }
        recordReject(DecoderReject(skipCause.reason, skipCause.detail, byteCount: skipped), emit)
        self.skipCause = nil
        skipped = 0
    }
}

extension SpecialPieDecoder {
    private mutating func decodeFrame(_ frame: ArraySlice<UInt8>, _ emit: (SpecialPieReading) -> Void) {
        switch frame.byte(at: 2) {
        case Kind.started:
            shots = 0
            lastTime = .zero
            accept(.started(group: Int(frame.byte(at: 3))), frame.count, emit)
        case Kind.stopped:
            accept(.stopped(group: Int(frame.byte(at: 3))), frame.count, emit)
        default:
            decodeShot(frame, emit)
        }
    }

    private mutating func decodeShot(_ frame: ArraySlice<UInt8>, _ emit: (SpecialPieReading) -> Void) {
        let time = Nanoseconds.milliseconds(
            Int64(frame.bigEndian16(at: 3)) * 1_000 + Int64(frame.byte(at: 5)) * 10)
        if time < lastTime {
            // The start of this string was missed.
            shots = 0
            lastTime = .zero
        }
        shots += 1
        let shot = SpecialPieShot(
            number: shots, rawNumber: Int(frame.byte(at: 6)), group: Int(frame.byte(at: 7)), time: time,
            split: time - lastTime)
        lastTime = time
        accept(.shot(shot), frame.count, emit)
    }

    private mutating func accept(
        _ reading: SpecialPieReading, _ byteCount: Int, _ emit: (SpecialPieReading) -> Void
    ) {
        counters.accept(byteCount: byteCount)
        emit(reading)
    }

    private mutating func recordReject(_ reject: DecoderReject, _ emit: (SpecialPieReading) -> Void) {
        counters.reject(reject)
        emit(.rejected(reject))
    }
}
