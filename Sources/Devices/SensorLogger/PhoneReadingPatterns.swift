import Clocks
import JSON

/// Readings of sensors with axes, as patterns for the next ones, in the same message or in a later one. What follows a pattern
/// gives what it gives without it. When there are too many, the one that was not used for the most messages is replaced.
package struct PhoneReadingPatterns: Sendable {
    private struct Pattern {
        let text: JSONPattern
        /// Which of the numbers are the axes.
        let order: (x: Int, y: Int, z: Int)
        let sensor: PhoneSensor
        let accuracy: Int?
        /// The number of the message that it was used in.
        var lastUse: Int
        /// What came after it last time: sensors usually take turns.
        var next: Int
    }

    /// The sensors of phones with different systems.
    private static let maximum = 32
    /// A message replaces no more, so that the others stay for the phones that use them.
    private static let maximumPerMessage = 8
    private var patterns: [Pattern] = []
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
        for index in patterns.indices where index != expected {
            if let reading = read(index, &reader) { return reading }
        }
        return nil
    }

    @inline(__always)
    private mutating func read(_ index: Int, _ reader: inout JSONReader) -> PhoneReading? {
        let start = reader.mark
        guard let numbers = reader.numbers(in: patterns[index].text) else { return nil }
        guard numbers.integer >= 0 else {
            reader.reset(to: start)
            return nil
        }
        use(index)
        let order = patterns[index].order
        return PhoneReading(
            sensor: patterns[index].sensor, time: WallTime(nanoseconds: numbers.integer),
            accuracy: patterns[index].accuracy,
            content: PhoneReading.Values(
                x: numbers.doubles[order.x], y: numbers.doubles[order.y], z: numbers.doubles[order.z]))
    }

    private mutating func use(_ index: Int) {
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
        guard added < Self.maximumPerMessage, reading.sensor.hasAxes, let x = axes.x, let y = axes.y, let z = axes.z,
            !patterns.contains(where: {
                $0.lastUse == message && $0.sensor == reading.sensor && $0.accuracy == reading.accuracy
            })
        else { return }
        let places = [time, x, y, z].sorted { $0.lowerBound < $1.lowerBound }
        func index(of place: Range<Int>) -> Int { places.firstIndex(of: place) ?? 0 }
        guard let text = reader.pattern(since: start, places, integer: index(of: time)) else { return }
        added += 1
        // A number of the reading may be one that patterns do not read.
        if let known = patterns.firstIndex(where: { $0.text == text }) { return use(known) }
        let order = (x: index(of: x), y: index(of: y), z: index(of: z))
        let place = place()
        let pattern = Pattern(
            text: text, order: order, sensor: reading.sensor, accuracy: reading.accuracy, lastUse: message, next: place)
        if place < patterns.count { patterns[place] = pattern } else { patterns.append(pattern) }
        use(place)
    }

    /// Where a new pattern belongs.
    private func place() -> Int {
        guard patterns.count == Self.maximum else { return patterns.count }
        return patterns.indices.min { patterns[$0].lastUse < patterns[$1].lastUse } ?? 0
    }
}
