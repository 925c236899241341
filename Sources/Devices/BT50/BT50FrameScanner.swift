/// Splits bytes into frames by length, not by searching for headers, because `55 61` can occur inside a frame (an angle
/// of 136.87°, a displacement of 24,917 µm). Only when synchronisation is lost it searches for a header, and accepts it
/// if a plausible frame begins there that is followed by another.
///
/// The frames of both modes begin alike; what follows them decides which length is right.
struct BT50FrameScanner {
    enum Item {
        case vibration(Range<Int>)
        case motion(Range<Int>)
        case registers(Range<Int>)
        /// The length matches but the values are implausible. Occurs only in notifications: in a stream it means that
        /// synchronisation was lost.
        case implausible(Range<Int>)
        /// Bytes that belong to no frame.
        case skipped(Int)
        /// More bytes are needed; those from the cursor on may become a frame.
        case end
    }

    private let bytes: ArraySlice<UInt8>
    /// Whether a frame may end where the bytes end: true for notifications and for the end of a stream.
    private let endsHere: Bool
    /// Whether a frame begins where the bytes begin.
    private let isAnchored: Bool
    private(set) var cursor: Int
    /// The length of the latest data frame; there are several.
    private(set) var length: Int?
    private(set) var isOutOfSync: Bool

    static let longestFrame = BT50Motion.length

    init(notification bytes: ArraySlice<UInt8>, length: Int?) {
        self.init(bytes, endsHere: true, isAnchored: true, length: length, isOutOfSync: false)
    }

    /// - Parameter endsHere: no bytes will follow.
    init(stream bytes: ArraySlice<UInt8>, endsHere: Bool, length: Int?, isOutOfSync: Bool) {
        self.init(bytes, endsHere: endsHere, isAnchored: false, length: length, isOutOfSync: isOutOfSync)
    }

    private init(_ bytes: ArraySlice<UInt8>, endsHere: Bool, isAnchored: Bool, length: Int?, isOutOfSync: Bool) {
        self.bytes = bytes
        self.endsHere = endsHere
        self.isAnchored = isAnchored
        self.length = length
        self.isOutOfSync = isOutOfSync
        cursor = bytes.startIndex
    }

    mutating func next() -> Item {
        if isOutOfSync { return resynchronise() }
        switch step(at: cursor, onlyPlausible: !isAnchored) {
        case .frame(let item, let end):
            return advance(item, to: end)
        case .outOfSync:
            isOutOfSync = true
            return resynchronise()
        case .needsMore:
            return .end
        }
    }

    private mutating func resynchronise() -> Item {
        var place = cursor
        while place < bytes.endIndex {
            switch step(at: place, onlyPlausible: true) {
            case .frame(let item, let end):
                isOutOfSync = false
                guard place > cursor else { return advance(item, to: end) }
                return skip(to: place)
            case .outOfSync:
                place += 1
            case .needsMore:
                guard endsHere else { return place > cursor ? skip(to: place) : .end }
                // A truncated frame here does not outweigh a complete frame after it.
                place += 1
            }
        }
        return place > cursor ? skip(to: place) : .end
    }

    private mutating func skip(to place: Int) -> Item {
        defer { cursor = place }
        return .skipped(place - cursor)
    }

    private mutating func advance(_ item: Item, to end: Int) -> Item {
        cursor = end
        return item
    }
}

extension BT50FrameScanner {
    private enum Step {
        case frame(Item, end: Int)
        case outOfSync
        case needsMore
    }

    private enum Answer {
        case yes
        case no
        /// More bytes are needed to decide.
        case unknown
    }

    static let header: UInt8 = 0x55
    static let dataKind: UInt8 = 0x61
    static let registerKind: UInt8 = 0x71

    private mutating func step(at place: Int, onlyPlausible: Bool) -> Step {
        switch beginsFrame(at: place) {
        case .no: return .outOfSync
        case .unknown: return .needsMore
        case .yes: break
        }
        if bytes[place + 1] == Self.registerKind { return registerStep(at: place, onlyPlausible: onlyPlausible) }
        return dataStep(at: place, onlyPlausible: onlyPlausible)
    }

    private func registerStep(at place: Int, onlyPlausible: Bool) -> Step {
        switch ends(at: place + BT50Registers.length) {
        case .no: return .outOfSync
        case .unknown: return .needsMore
        case .yes: break
        }
        let range = place..<place + BT50Registers.length
        if BT50Registers.isPlausible(bytes[range]) { return .frame(.registers(range), end: range.upperBound) }
        return onlyPlausible ? .outOfSync : .frame(.implausible(range), end: range.upperBound)
    }

    /// Returns the first plausible length that fits, starting with the previous one, or else the first length that
    /// fits.
    private mutating func dataStep(at place: Int, onlyPlausible: Bool) -> Step {
        let known = length ?? BT50Vibration.length
        var fitting: Int?
        for attempt in 0..<4 {
            let candidate: Int
            switch attempt {
            case 0: candidate = known
            case 1: candidate = BT50Vibration.length
            case 2: candidate = BT50Motion.length
            default: candidate = BT50Vibration.shortLength
            }
            if attempt > 0, candidate == known { continue }
            switch ends(at: place + candidate) {
            case .no: continue
            case .unknown:
                // A notification cannot hold a frame longer than its rest, but may hold a shorter one.
                if endsHere { continue }
                return .needsMore
            case .yes: break
            }
            if isPlausible(place..<place + candidate) {
                length = candidate
                let range = place..<place + candidate
                return .frame(
                    candidate == BT50Motion.length ? .motion(range) : .vibration(range), end: range.upperBound)
            }
            if fitting == nil { fitting = candidate }
        }
        if let fitting, !onlyPlausible {
            return .frame(.implausible(place..<place + fitting), end: place + fitting)
        }
        // A frame that is truncated by the end of a notification may continue in the next.
        let isCutOff = endsHere && fitting == nil && bytes.endIndex - place < Self.longestFrame
        return isCutOff ? .needsMore : .outOfSync
    }

    private func isPlausible(_ range: Range<Int>) -> Bool {
        let frame = bytes[range]
        return range.count == BT50Motion.length
            ? BT50ChipClock.time(frame) != nil : BT50Vibration.isPlausible(frame)
    }

    /// Whether a frame can end here: at the next frame or at the end of the notification.
    private func ends(at place: Int) -> Answer {
        if place > bytes.endIndex { return .unknown }
        let answer = beginsFrame(at: place)
        // At the end of a notification nothing or half a header may follow.
        return endsHere && answer == .unknown ? .yes : answer
    }

    private func beginsFrame(at place: Int) -> Answer {
        guard place < bytes.endIndex else { return .unknown }
        guard bytes[place] == Self.header else { return .no }
        guard place + 1 < bytes.endIndex else { return .unknown }
        return bytes[place + 1] == Self.dataKind || bytes[place + 1] == Self.registerKind ? .yes : .no
    }
}
