/// Times as `ISO8601` writes them, to the millisecond, for streams: a thousand events share a second, whose text is kept
/// from one to the next.
package struct TimestampFormatter: Sendable {
    private var second = Int64.min
    /// `2026-09-13T18:30:45.123Z`.
    private var text: [UInt8] = []

    package init() {}

    package mutating func text(of time: WallTime) -> [UInt8] {
        // Before 1970 a division would round towards the wrong second; nobody sends a stream from there.
        let second = time.nanoseconds < 0 ? .min : time.nanoseconds / 1_000_000_000
        guard second == self.second, second >= 0 else {
            text.removeAll(keepingCapacity: true)
            ISO8601.append(time, to: &text)
            self.second = second
            return text
        }
        var rest = UInt32(truncatingIfNeeded: time.nanoseconds / 1_000_000 % 1_000)
        for place in (Self.end - 3..<Self.end).reversed() {
            text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return text
    }

    /// Where the `Z` stands, right behind the milliseconds.
    private static let end = 23
}
