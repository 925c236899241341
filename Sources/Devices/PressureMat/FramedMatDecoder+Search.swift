/// Looking for the first two frames that agree.
extension FramedMatDecoder {
    /// Tries the next place where a frame may begin. False when more must come first.
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

    /// Without headers nothing says that a frame begins where the stream does, except two trailers in the right places.
    private mutating func searchAtBeginning() -> Bool {
        guard isAvailable(2 * frameLength, at: start) else { return false }
        isLocked = isIntact(at: start) && isIntact(at: start + frameLength)
        isAtBeginning = false
        return true
    }

    /// Gives up what stands before the next header, or before what follows the next trailer.
    private mutating func moveToCandidate(_ emit: (MatItem) -> Void) -> Bool {
        let mark = layout.header.isEmpty ? layout.trailer : layout.header
        // A frame begins behind the trailer of another, so that one may stand before the place that is searched from.
        let shift = layout.header.isEmpty ? mark.count : 0
        let found = firstPosition(of: mark, from: max(0, start - shift))
        let candidate = (found ?? max(start - shift, buffer.count - mark.count + 1)) + shift
        skip(min(candidate, buffer.count) - start, emit)
        return found != nil
    }

    /// The mark is not empty: a layout has a header or a trailer.
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

    /// Whether so many frames follow each other from here on, and where the last of them ends.
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

    /// Looks whether any place inside of the frame at `start` has a neighbour as well. Bytes that look like a header have
    /// one by chance; then a third frame decides. In a picture that does not move they have one again and again, just as
    /// the header does: then there is no telling, and the frame is given up up to the rival.
    ///
    /// Gives the place to go on with, which is `start` when it has no rival.
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
