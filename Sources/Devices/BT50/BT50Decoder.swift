import Clocks

/// Reads what a BT50 notifies: several frames at a time, as a rule four. `firmware-protocols/bt50` describes them.
///
/// The frames of a notification were measured one after the other; each says how long before the arrival, by the chip's
/// clock where it has one, else by the rate that the sensor was last heard to have.
package struct BT50Decoder: DeviceDecoder {
    /// How the bytes come.
    package enum Framing: Hashable, Sendable {
        /// Notifications, which end where a frame ends.
        case notifications
        /// A serial port, or a recording without boundaries. A frame is known to be whole when the next one begins, and
        /// has no age.
        case stream
    }

    package private(set) var counters = DecoderCounters()
    /// From one frame to the next; nil as long as nobody has said. A register that tells it sets it.
    package var sampleInterval: Nanoseconds?

    private let framing: Framing
    private var length: Int?
    private var isOutOfSync = false
    private var skipped = 0
    /// The beginning of a frame.
    private var pending: [UInt8] = []
    /// Whether those are all that one notification held.
    private var pendingIsNotification = false

    /// With an MTU that nobody has raised a notification holds no more.
    package static let smallestNotification = 20
    /// Noise without end is reported in pieces.
    private static let longestSkip = 4_096
    /// Further apart than this no two frames of a notification are; the chip's clock was set in between.
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

/// Notifications.
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

    /// Whether what was cut off becomes a frame with what has come, or at least may.
    private func canContinue(in joined: [UInt8]) -> Bool {
        var walk = BT50FrameScanner(notification: joined[...], length: length)
        return if case .skipped = walk.next() { false } else { true }
    }

    private mutating func scan(_ bytes: ArraySlice<UInt8>, isWhole: Bool, _ emit: (BT50Reading) -> Void) {
        var walk = BT50FrameScanner(notification: bytes, length: length)
        var (later, lastChipTime) = Self.samples(in: bytes, walk)
        while true {
            let item = walk.next()
            switch item {
            case .end:
                length = walk.length
                reportSkipped(emit)
                pending.append(contentsOf: bytes[walk.cursor...])
                pendingIsNotification = isWhole && walk.cursor == bytes.startIndex
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

    /// How many samples there are, and when the chip took the last.
    private static func samples(
        in bytes: ArraySlice<UInt8>, _ walk: BT50FrameScanner
    ) -> (count: Int64, lastChipTime: Nanoseconds?) {
        var walk = walk
        var count: Int64 = 0
        var last: Range<Int>?
        while true {
            switch walk.next() {
            case .vibration: count += 1
            case .motion(let range):
                count += 1
                last = range
            case .registers, .implausible, .skipped: break
            case .end: return (count, last.flatMap { BT50ChipClock.time(bytes[$0]) })
            }
        }
    }

    /// Gives up the beginning of a frame whose rest will not come.
    private mutating func dropPending(_ emit: (BT50Reading) -> Void) {
        guard !pending.isEmpty else { return }
        let isSmallest = pendingIsNotification && pending.count == Self.smallestNotification
        if isSmallest, framing == .notifications { emit(.cutOff(byteCount: pending.count)) }
        let detail = isSmallest ? "cut off at 20 bytes: the MTU was not raised" : "the rest of a frame did not come"
        recordReject(DecoderReject(.truncated, detail, byteCount: pending.count), emit)
        pending.removeAll(keepingCapacity: true)
        pendingIsNotification = false
    }
}

/// A stream.
extension BT50Decoder {
    private mutating func feedStream(_ bytes: ArraySlice<UInt8>, endsHere: Bool, _ emit: (BT50Reading) -> Void) {
        // Nobody else may hold the buffer when it is shortened: then it would be copied.
        var held: [UInt8] = []
        swap(&held, &pending)
        held += bytes
        held.removeSubrange(..<scanStream(held[...], endsHere: endsHere, emit))
        swap(&held, &pending)
    }

    /// How far it got.
    private mutating func scanStream(
        _ bytes: ArraySlice<UInt8>, endsHere: Bool, _ emit: (BT50Reading) -> Void
    ) -> Int {
        var walk = BT50FrameScanner(stream: bytes, endsHere: endsHere, length: length, isOutOfSync: isOutOfSync)
        while true {
            let item = walk.next()
            if case .end = item { break }
            handle(item, of: bytes, age: .zero, emit)
        }
        length = walk.length
        isOutOfSync = walk.isOutOfSync
        return walk.cursor
    }
}

/// One thing at a time.
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
            recordReject(DecoderReject(.range, "no sensor can mean this frame", byteCount: range.count), emit)
        case .skipped, .end:
            break
        }
    }

    private mutating func reportSkipped(_ emit: (BT50Reading) -> Void) {
        if skipped > 0 { reportSkipped(skipped, emit) }
    }

    private mutating func reportSkipped(_ count: Int, _ emit: (BT50Reading) -> Void) {
        skipped -= count
        recordReject(DecoderReject(.resynchronised, "no frame begins in these bytes", byteCount: count), emit)
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
