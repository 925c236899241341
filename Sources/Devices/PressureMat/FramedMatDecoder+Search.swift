/// Searching for the first two consistent frames.
extension FramedMatDecoder {
    /// Tries the next candidate. Returns false when more bytes are needed.
    mutating func search(_ emit: (MatItem) -> Void) -> Bool {
        if layout.header.isEmpty, isAtBeginning { return searchAtBeginning() }
        guard moveToCandidate(emit) else { return false }
        switch chain(of: 1, from: start) {
        case .unknown: return false
        case .missing: skip(1, emit)
        case .found:
            switch isAtBeginning ? .found(start) : bestCandidate() {
            case .unknown: return false
            case .missing: skip(1, emit)
            case .found(let place) where place > start: skip(place - start, emit)
            case .found:
                reportSkipped(emit)
                isLocked = true
            }
        }
        return true
    }

    /// Without headers, two trailers in the right places confirm that a frame begins where the stream does.
    private mutating func searchAtBeginning() -> Bool {
        guard isAvailable(2 * frameLength, at: start) else { return false }
        isLocked = isIntact(at: start) && isIntact(at: start + frameLength)
        isAtBeginning = false
        return true
    }

    /// Skips the bytes before the next header, or up to the end of the next trailer.
    private mutating func moveToCandidate(_ emit: (MatItem) -> Void) -> Bool {
        let mark = layout.header.isEmpty ? layout.trailer : layout.header
        // A frame begins after the trailer of another, which may precede the search position.
        let shift = layout.header.isEmpty ? mark.count : 0
        let found = firstPosition(of: mark, from: max(0, start - shift))
        let candidate = (found ?? max(start - shift, buffer.count - mark.count + 1)) + shift
        skip(min(candidate, buffer.count) - start, emit)
        return found != nil
    }

    /// A layout has a header or a trailer, so the mark is not empty.
    private func firstPosition(of mark: [UInt8], from first: Int) -> Int? {
        let wanted = mark[0]
        let end = buffer.count - mark.count
        var place = first
        while place <= end {
            if buffer[place] == wanted, matches(mark, at: place) { return place }
            place += 1
        }
        return nil
    }

    /// Checks that `count` frames follow each other from here, and returns the end of the last.
    private func chain(of count: Int, from place: Int) -> NextFrame {
        var end = place
        for _ in 0..<count {
            guard isAvailable(frameLength, at: end) else { return .unknown }
            guard isIntact(at: end) else { return .missing }
            let next = nextFrame(after: end)
            guard case .found(let place) = next else { return next }
            end = place
        }
        return .found(end)
    }

    /// Checks whether a position inside the frame at `start` is also followed by a frame. Bytes that look like a header
    /// may be by chance; then a third frame decides. In a static picture they are every time, like the true header: the
    /// ambiguity cannot be resolved, and the bytes before the rival are skipped.
    ///
    /// Returns the position to continue at, which is `start` if it has no rival.
    private func bestCandidate() -> NextFrame {
        let mark = layout.header.isEmpty ? layout.trailer : layout.header
        let shift = layout.header.isEmpty ? mark.count : 0
        var candidate = start + 1
        while let found = firstPosition(of: mark, from: candidate - shift), found + shift < start + frameLength {
            candidate = found + shift
            switch chain(of: 1, from: candidate) {
            case .missing: break
            case .unknown: return .unknown
            case .found:
                guard case .found = chain(of: 2, from: start) else { return chain(of: 2, from: start) }
                switch chain(of: 2, from: candidate) {
                case .missing: break
                case .unknown: return .unknown
                case .found: return .found(candidate)
                }
            }
            candidate += 1
        }
        return .found(start)
    }
}

/// Frame boundaries.
extension FramedMatDecoder {
    /// Whether another frame follows.
    enum NextFrame {
        /// It begins here.
        case found(Int)
        case missing
        /// More bytes are needed to decide.
        case unknown
    }

    /// The longest text that a firmware prints between two frames.
    private static let longestText = 96

    func isAvailable(_ count: Int, at place: Int) -> Bool {
        buffer.count - place >= count
    }

    /// Whether a frame at this position, all of which must be available, has its header and trailer.
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

    /// Whether the frame after this one ends where it must despite an error between the two.
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

/// Text that a firmware prints between frames.
extension FramedMatDecoder {
    /// The end of the complete lines of text that begin here.
    func endOfText(from place: Int) -> Int {
        var end = place
        while layout.allowsText, let next = endOfLine(from: end) { end = next }
        return end
    }

    /// Nil unless a complete line of text begins here.
    private func endOfLine(from place: Int) -> Int? {
        let limit = min(buffer.count, place + Self.longestText)
        var index = place
        while index < limit, buffer[index].isText {
            index += 1
            if buffer[index - 1] == UInt8(ascii: "\n") { return index }
        }
        return nil
    }

    /// Whether the bytes from here on may be the beginning of a line.
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
