import Clocks

/// Decodes the notifications of a BT50, usually four frames each; see `firmware-protocols/bt50`.
///
/// The frames of a notification were sampled one after the other. Each reading has an age relative to the arrival, from
/// the chip clock where the frame has one and otherwise from the last known sample rate.
package struct BT50Decoder: DeviceDecoder {
    /// How frames are delimited.
    package enum Framing: Hashable, Sendable {
        /// Each notification ends at a frame boundary.
        case notifications
        /// A serial port, or a capture without message boundaries. A frame is complete when the next one begins; ages
        /// are zero.
        case stream
    }

    package private(set) var counters = DecoderCounters()
    /// The time between two frames; nil while unknown. A register reading that contains the rate updates it.
    package var sampleInterval: Nanoseconds?

    private let framing: Framing
    private var length: Int?
    private var isOutOfSync = false
    private var skipped = 0
    /// An incomplete frame.
    private var pending: [UInt8] = []
    /// Whether `pending` is the whole content of one notification.
    private var pendingIsNotification = false

    /// The payload of a notification with the default MTU.
    package static let smallestNotification = 20
    /// Noise without end is reported in blocks of this size.
    private static let longestSkip = 4_096
    /// Two frames of one notification cannot be further apart; the chip clock was set in between.
    private static let maximumAge = Nanoseconds.seconds(20)

    package init(framing: Framing = .notifications, sampleInterval: Nanoseconds? = nil) {
        self.framing = framing
        self.sampleInterval = sampleInterval
    }

    package var pendingByteCount: Int { pending.count + skipped }

    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (BT50Reading) -> Void) {
        switch framing {
        case .notifications: feedNotification(bytes, emit)
        case .stream: feedStream(bytes, endsHere: false, emit)
        }
    }

    package mutating func flush(_ emit: (BT50Reading) -> Void) {
        if framing == .stream { feedStream([], endsHere: true, emit) }
        dropPending(emit)
        reportSkipped(emit)
        isOutOfSync = false
    }
}

extension BT50Decoder {
    private mutating func feedNotification(_ bytes: ArraySlice<UInt8>, _ emit: (BT50Reading) -> Void) {
        guard !pending.isEmpty else { return scan(bytes, isWhole: true, emit) }
        let joined = pending + bytes
        if Self.beginsFrame(bytes) || !canContinue(in: joined) {
            dropPending(emit)
            scan(bytes, isWhole: true, emit)
        } else {
            pending.removeAll(keepingCapacity: true)
            scan(joined[...], isWhole: false, emit)
        }
    }

    private static func beginsFrame(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count >= 2, bytes.byte(at: 0) == BT50FrameScanner.header else { return false }
        return bytes.byte(at: 1) == BT50FrameScanner.dataKind || bytes.byte(at: 1) == BT50FrameScanner.registerKind
    }

    /// Whether the joined bytes are, or may become, a frame.
    private func canContinue(in joined: [UInt8]) -> Bool {
        var scanner = BT50FrameScanner(notification: joined[...], length: length)
        return if case .skipped = scanner.next() { false } else { true }
    }

    private mutating func scan(_ bytes: ArraySlice<UInt8>, isWhole: Bool, _ emit: (BT50Reading) -> Void) {
        var scanner = BT50FrameScanner(notification: bytes, length: length)
        var (later, lastChipTime) = Self.samples(in: bytes, scanner)
        while true {
            let item = scanner.next()
            switch item {
            case .end:
                length = scanner.length
                reportSkipped(emit)
                pending.append(contentsOf: bytes[scanner.cursor...])
                pendingIsNotification = isWhole && scanner.cursor == bytes.startIndex
                return
            case .vibration:
                later -= 1
                handle(item, of: bytes, age: (sampleInterval ?? .zero) * later, emit)
            case .motion(let range):
                later -= 1
                var age = (sampleInterval ?? .zero) * later
                if let lastChipTime, let time = BT50ChipClock.time(bytes[range]),
                    (.zero)...Self.maximumAge ~= lastChipTime - time
                {
                    age = lastChipTime - time
                }
                handle(item, of: bytes, age: age, emit)
            case .registers, .implausible, .skipped:
                handle(item, of: bytes, age: .zero, emit)
            }
        }
    }

    /// The number of samples, and the chip time of the last one.
    private static func samples(
        in bytes: ArraySlice<UInt8>, _ scanner: BT50FrameScanner
    ) -> (count: Int64, lastChipTime: Nanoseconds?) {
        var scanner = scanner
        var count: Int64 = 0
        var last: Range<Int>?
        while true {
            switch scanner.next() {
            case .vibration: count += 1
            case .motion(let range):
                count += 1
                last = range
            case .registers, .implausible, .skipped: break
            case .end: return (count, last.flatMap { BT50ChipClock.time(bytes[$0]) })
            }
        }
    }

    /// Rejects an incomplete frame.
    private mutating func dropPending(_ emit: (BT50Reading) -> Void) {
        guard !pending.isEmpty else { return }
        let isSmallest = pendingIsNotification && pending.count == Self.smallestNotification
        if isSmallest, framing == .notifications { emit(.cutOff(byteCount: pending.count)) }
        let detail = isSmallest ? "truncated to 20 bytes: MTU not raised" : "incomplete frame"
        recordReject(DecoderReject(.truncated, detail, byteCount: pending.count), emit)
        pending.removeAll(keepingCapacity: true)
        pendingIsNotification = false
    }
}

extension BT50Decoder {
    private mutating func feedStream(_ bytes: ArraySlice<UInt8>, endsHere: Bool, _ emit: (BT50Reading) -> Void) {
        // The buffer must have a single owner here; otherwise shortening it would copy it.
        var held: [UInt8] = []
        swap(&held, &pending)
        held += bytes
        held.removeSubrange(..<scanStream(held[...], endsHere: endsHere, emit))
        swap(&held, &pending)
    }

    /// Returns the position up to which the bytes were consumed.
    private mutating func scanStream(
        _ bytes: ArraySlice<UInt8>, endsHere: Bool, _ emit: (BT50Reading) -> Void
    ) -> Int {
        var scanner = BT50FrameScanner(stream: bytes, endsHere: endsHere, length: length, isOutOfSync: isOutOfSync)
        while true {
            let item = scanner.next()
            if case .end = item { break }
            handle(item, of: bytes, age: .zero, emit)
        }
        length = scanner.length
        isOutOfSync = scanner.isOutOfSync
        return scanner.cursor
    }
}

extension BT50Decoder {
    private mutating func handle(
        _ item: BT50FrameScanner.Item, of bytes: ArraySlice<UInt8>, age: Nanoseconds, _ emit: (BT50Reading) -> Void
    ) {
        if case .skipped(let count) = item {
            skipped += count
            while skipped >= Self.longestSkip { reportSkipped(Self.longestSkip, emit) }
            return
        }
        reportSkipped(emit)
        switch item {
        case .vibration(let range):
            accept(.vibration(BT50Vibration(frame: bytes[range], age: age)), range, emit)
        case .motion(let range):
            let frame = bytes[range]
            let chipTime = BT50ChipClock.time(frame) ?? .zero
            accept(.motion(BT50Motion(frame: frame, chipTime: chipTime, age: age)), range, emit)
        case .registers(let range):
            let registers = BT50Registers(frame: bytes[range])
            if let rate = registers.rate { sampleInterval = rate.interval }
            accept(.registers(registers), range, emit)
        case .implausible(let range):
            recordReject(DecoderReject(.range, "frame with implausible values", byteCount: range.count), emit)
        case .skipped, .end:
            break
        }
    }

    private mutating func reportSkipped(_ emit: (BT50Reading) -> Void) {
        if skipped > 0 { reportSkipped(skipped, emit) }
    }

    private mutating func reportSkipped(_ count: Int, _ emit: (BT50Reading) -> Void) {
        skipped -= count
        recordReject(DecoderReject(.resynchronised, "no frame found in these bytes", byteCount: count), emit)
    }

    private mutating func accept(_ reading: BT50Reading, _ range: Range<Int>, _ emit: (BT50Reading) -> Void) {
        counters.accept(byteCount: range.count)
        emit(reading)
    }

    private mutating func recordReject(_ reject: DecoderReject, _ emit: (BT50Reading) -> Void) {
        counters.reject(reject)
        emit(.rejected(reject))
    }
}
