/// The bytes by which a frame is known.
extension FramedMatDecoder {
    /// Whether the next frame is where this one ends.
    enum NextFrame {
        /// It begins here.
        case found(Int)
        case missing
        /// Too little has come to tell.
        case unknown
    }

    /// The longest text that a firmware prints between two frames.
    private static let longestText = 96

    func isAvailable(_ count: Int, at place: Int) -> Bool {
        buffer.count - place >= count
    }

    /// Whether a frame at this place, all of which must be there, has its header and its trailer.
    func isIntact(at place: Int) -> Bool {
        matches(layout.header, at: place) && matches(layout.trailer, at: place + frameLength - layout.trailer.count)
    }

    func nextFrame(after place: Int) -> NextFrame {
        var next = place + frameLength
        guard !layout.header.isEmpty else { return .found(next) }
        while true {
            guard isAvailable(layout.confirmationLength, at: next) else { return .unknown }
            if matches(layout.header, at: next), isCounterConsistent(from: place, to: next, by: 1) {
                return .found(next)
            }
            guard layout.allowsText, next - place - frameLength < Self.longestText else { return .missing }
            guard let end = endOfLine(from: next) else { return isTextSoFar(from: next) ? .unknown : .missing }
            next = end
        }
    }

    /// Whether the frame after this one ends where it must, although something is wrong between the two.
    func isInSync(at place: Int) -> Bool {
        let (next, afterNext) = (place + frameLength, place + 2 * frameLength)
        guard matches(layout.trailer, at: afterNext - layout.trailer.count), matches(layout.header, at: afterNext)
        else {
            return false
        }
        return matches(layout.header, at: place)
            ? isCounterConsistent(from: place, to: afterNext, by: 2)
            : isCounterConsistent(from: next, to: afterNext, by: 1)
    }

    func matches(_ mark: [UInt8], at place: Int) -> Bool {
        for index in 0..<mark.count where buffer[place + index] != mark[index] { return false }
        return true
    }

    func counter(at place: Int) -> Int? {
        layout.counterOffset.map { Int(buffer[place + $0]) | Int(buffer[place + $0 + 1]) << 8 }
    }

    private func isCounterConsistent(from place: Int, to later: Int, by steps: Int) -> Bool {
        guard let first = counter(at: place), let second = counter(at: later) else { return true }
        return (first + steps) & 0xFFFF == second
    }
}

/// What a firmware prints between frames.
extension FramedMatDecoder {
    /// The end of the whole lines of text that begin here.
    func endOfText(from place: Int) -> Int {
        var end = place
        while layout.allowsText, let next = endOfLine(from: end) { end = next }
        return end
    }

    /// Nil when no line of text, with its end, begins here.
    private func endOfLine(from place: Int) -> Int? {
        let limit = min(buffer.count, place + Self.longestText)
        var index = place
        while index < limit, buffer[index].isText {
            index += 1
            if buffer[index - 1] == UInt8(ascii: "\n") { return index }
        }
        return nil
    }

    /// Whether what has come from here on may be the beginning of a line.
    private func isTextSoFar(from place: Int) -> Bool {
        guard buffer.count - place < Self.longestText else { return false }
        for index in place..<buffer.count where !buffer[index].isText { return false }
        return true
    }
}

extension UInt8 {
    fileprivate var isText: Bool {
        (0x20..<0x7F).contains(self) || self == UInt8(ascii: "\r") || self == UInt8(ascii: "\n")
    }
}
