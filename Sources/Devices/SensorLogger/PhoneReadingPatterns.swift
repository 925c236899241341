import Clocks
import JSON

/// Readings of sensors with axes, as patterns for the next ones, in the same message or in a later one. What follows a pattern
/// gives what it gives without it. When there are too many, the one that was not used for the most messages is replaced.
package struct PhoneReadingPatterns: Sendable {
    private struct Pattern {
        let meaning: Meaning
        /// The number of the message that it was used in.
        var lastUse: Int
        /// What came after it last time: sensors usually take turns.
        var next: Int
    }

    private struct Meaning {
        /// Which of the numbers are the axes.
        let order: (x: Int, y: Int, z: Int)
        let sensor: PhoneSensor
        let accuracy: Int?

        @inline(__always)
        func reading(_ numbers: JSONPattern.Numbers) -> PhoneReading {
            let (x, y, z) = (numbers.doubles[order.x], numbers.doubles[order.y], numbers.doubles[order.z])
            return PhoneReading(
                sensor: sensor, time: WallTime(nanoseconds: numbers.integer), accuracy: accuracy,
                content: PhoneReading.Values(x: x, y: y, z: z))
        }
    }

    /// The sensors of phones with different systems.
    private static let maximum = 32
    /// A message replaces no more, so that the others stay for the phones that use them.
    private static let maximumPerMessage = 8
    /// Patterns that differ only at their end must not make a reading slower than it is without them.
    private static let maximumAttempts = 8
    private var patterns: [Pattern] = []
    /// In the same order. Apart, because what holds a reference is counted when it is copied.
    private var texts: [JSONPattern] = []
    /// What the last message began with.
    private var first = 0

    // Of the current message.
    private var message = 0
    private var added = 0
    private var previous: Int?

    package init() {}

    var count: Int { patterns.count }

    mutating func beginMessage() {
        message += 1
        added = 0
        previous = nil
    }

    /// Returns nil and stays where it is if the next reading follows no pattern.
    @inline(__always)
    mutating func readReading(_ reader: inout JSONReader) -> PhoneReading? {
        let expected = previous.map { patterns[$0].next } ?? first
        if expected < patterns.count, let reading = read(expected, &reader) { return reading }
        return searchReading(besides: expected, &reader)
    }

    @inline(never)
    private mutating func searchReading(besides expected: Int, _ reader: inout JSONReader) -> PhoneReading? {
        var attempts = 0
        for index in patterns.indices where index != expected && reader.isAtBeginning(of: texts[index]) {
            if let reading = read(index, &reader) { return reading }
            attempts += 1
            if attempts == Self.maximumAttempts { return nil }
        }
        return nil
    }

    @inline(__always)
    private mutating func read(_ index: Int, _ reader: inout JSONReader) -> PhoneReading? {
        let start = reader.mark
        guard let numbers = reader.numbers(in: texts[index]) else { return nil }
        guard numbers.integer >= 0 else {
            reader.reset(to: start)
            return nil
        }
        use(index)
        return patterns[index].meaning.reading(numbers)
    }

    @inline(__always)
    private mutating func use(_ index: Int) {
        if let previous, patterns[previous].next == index, patterns[index].lastUse == message {
            self.previous = index
        } else {
            remember(index)
        }
    }

    @inline(never)
    private mutating func remember(_ index: Int) {
        if patterns[index].lastUse != message { patterns[index].lastUse = message }
        if let previous {
            if patterns[previous].next != index { patterns[previous].next = index }
        } else {
            first = index
        }
        previous = index
    }

    /// - Parameter start: where the reading begins that ends at the reader's position.
    mutating func add(
        _ reading: PhoneReading, time: Range<Int>, axes: PhoneMessageParser.AxisPlaces, since start: JSONReader.Mark,
        in reader: JSONReader
    ) {
        guard reading.sensor.hasAxes, let x = axes.x, let y = axes.y, let z = axes.z else { return }
        // A number of the reading may be one that patterns do not read.
        let known = patterns.firstIndex { pattern in
            pattern.lastUse == message && pattern.meaning.sensor == reading.sensor
                && pattern.meaning.accuracy == reading.accuracy
        }
        if let known { return use(known) }
        guard added < Self.maximumPerMessage else { return }
        let places = [time, x, y, z].sorted { $0.lowerBound < $1.lowerBound }
        func index(of place: Range<Int>) -> Int { places.firstIndex(of: place) ?? 0 }
        guard let text = reader.pattern(since: start, places, integer: index(of: time)) else { return }
        added += 1
        if let known = texts.firstIndex(where: { $0.isSame(as: text) }) { return use(known) }
        let meaning = Meaning(
            order: (x: index(of: x), y: index(of: y), z: index(of: z)), sensor: reading.sensor,
            accuracy: reading.accuracy)
        let place = place()
        let pattern = Pattern(meaning: meaning, lastUse: message, next: place)
        if place < patterns.count {
            (patterns[place], texts[place]) = (pattern, text)
        } else {
            patterns.append(pattern)
            texts.append(text)
        }
        use(place)
    }

    /// Where a new pattern belongs.
    private func place() -> Int {
        guard patterns.count == Self.maximum else { return patterns.count }
        return patterns.indices.min { patterns[$0].lastUse < patterns[$1].lastUse } ?? 0
    }
}
