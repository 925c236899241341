/// Searching for the first two consistent frames.
extension FramedMatDecoder {
    /// Tries the next candidate. Returns false when more bytes are needed.
    mutating func search(_ emit: (MatItem) -> Void) -> Bool {
        if layout.header.isEmpty, isAtBeginning { return searchAtBeginning() }
        guard moveToCandidate(emit), isAvailable(frameLength, at: start) else { return false }
        switch chain(of: 1, from: start) {
        case .unknown: return false
        case .missing: return searchAcrossDamage(emit)
        case .found:
            switch isAtBeginning ? .found(start) : bestCandidate() {
            case .unknown: return false
            case .missing: skip(1, emit)
            case .found(let place) where place > start: skip(place - start, emit)
            case .found: lock(emit)
            }
        }
        return true
    }

    /// Without headers, the first trailer shows whether a frame begins where the stream does.
    private mutating func searchAtBeginning() -> Bool {
        guard isAvailable(frameLength, at: start) else { return false }
        if firstPosition(of: layout.trailer, from: start) == start + frameLength - layout.trailer.count {
            isLocked = true
        } else {
            // The bytes of the trailer may occur among the cells: then a second one decides.
            let isSecondAvailable = isAvailable(2 * frameLength, at: start)
            guard !isIntact(at: start) || isSecondAvailable || hasEnded else { return false }
            isLocked =
                isIntact(at: start)
                && (isSecondAvailable ? isIntact(at: start + frameLength) : buffer.count == frameLength)
        }
        isAtBeginning = false
        return true
    }

    /// The frame after this candidate is damaged: one or two lengths further another may confirm it.
    private mutating func searchAcrossDamage(_ emit: (MatItem) -> Void) -> Bool {
        guard layout.isMarkConclusive, !layout.header.isEmpty, isIntact(at: start) else {
            skip(1, emit)
            return true
        }
        switch frameAfterDamage(at: start) {
        case .unknown: return false
        case .missing: skip(1, emit)
        case .found: lock(emit)
        }
        return true
    }

    private mutating func lock(_ emit: (MatItem) -> Void) {
        reportSkipped(emit)
        isLocked = true
        expectedCounter = counter(at: start)
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
            guard isAvailable(frameLength, at: end) else { return hasEnded ? .missing : .unknown }
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
            guard isAvailable(layout.confirmationLength, at: next) else {
                return hasEnded ? (isHeaderSoFar(at: next) ? .found(next) : .missing) : .unknown
            }
            if matches(layout.header, at: next), isCounterConsistent(from: place, to: next, by: 1) {
                return .found(next)
            }
            guard layout.allowsText, next - place - frameLength < Self.longestText else { return .missing }
            guard let end = endOfLine(from: next) else {
                return isTextSoFar(from: next) && !hasEnded ? .unknown : .missing
            }
            next = end
        }
    }

    /// Whether the stream ends here, or inside a header that begins here.
    private func isHeaderSoFar(at place: Int) -> Bool {
        let rest = buffer[place...].prefix(layout.header.count)
        return (isLocked || isAtBeginning || layout.isMarkConclusive)
            && rest.elementsEqual(layout.header.prefix(rest.count))
    }

    /// Looks for a frame one to three lengths after a damaged boundary: if there is one, no bytes were lost.
    func frameAfterDamage(at place: Int) -> NextFrame {
        for count in 1...3 {
            let later = place + count * frameLength
            if hasEnded, isLocked, later == buffer.count { return .found(later) }
            let needed = layout.trailer.isEmpty ? layout.confirmationLength : frameLength
            guard isAvailable(needed, at: later) else { return hasEnded ? .missing : .unknown }
            guard isMarked(at: later, isNumbered: place, plus: count) else { continue }
            if layout.isMarkConclusive || isIntact(at: place) { return .found(later) }
            guard isAvailable(needed, at: later + frameLength) else { return hasEnded ? .missing : .unknown }
            if isMarked(at: later + frameLength, isNumbered: place, plus: count + 1) { return .found(later) }
        }
        return .missing
    }

    private func isMarked(at later: Int, isNumbered place: Int, plus count: Int) -> Bool {
        guard layout.trailer.isEmpty ? matches(layout.header, at: later) : isIntact(at: later) else { return false }
        guard let found = counter(at: later) else { return true }
        let own = matches(layout.header, at: place) ? counter(at: place) : nil
        let first = [own, isLocked ? expectedCounter : nil].compactMap(\.self)
        return first.isEmpty || first.contains { ($0 + count) & 0xFFFF == found }
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
