import Clocks

/// A line of a script that cannot be read, and why.
package struct ScriptError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1.
    package let line: Int
    package let message: String

    package var description: String { "\(line): \(message)" }
}

extension SimulationScript {
    /// More is no script that somebody has written.
    package static let maximumLines = 10_000
    private static let maximumShots = 150
    private static let latestTime = Nanoseconds.seconds(86_400)

    /// Reads a script: one event a line, `#` before a comment.
    package init(parsing text: String) throws(ScriptError) {
        self.init()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count <= Self.maximumLines else {
            throw ScriptError(line: Self.maximumLines + 1, message: "a script has at most \(Self.maximumLines) lines")
        }
        for (index, line) in lines.enumerated() {
            var words = ScriptTokenizer(line, lineNumber: index + 1)
            if !words.isAtEnd { try parseEvent(&words) }
        }
        range.strings.sort { ($0.beep ?? .zero) < ($1.beep ?? .zero) }
    }

    private mutating func parseEvent(_ words: inout ScriptTokenizer) throws(ScriptError) {
        try words.expect("at")
        let time = try words.time(upTo: Self.latestTime)
        try words.expect(":")
        switch try words.oneOf(["string", "hit", "swing", "fault"]) {
        case "string": try parseString(at: time, &words)
        case "hit":
            try words.expect("on")
            hits.append(try Self.parseHit(at: time, &words))
        case "swing": swings.append(time)
        default: try parseFault(at: time, &words)
        }
        try words.expectEnd()
    }

    /// `of 6 shots, first after 1.5 s, every 400 ms, hits 480 ms later on sensor 2, stop after 6 s`
    private mutating func parseString(at beep: Nanoseconds, _ words: inout ScriptTokenizer) throws(ScriptError) {
        try words.expect("of")
        let count = try words.count(in: 0...Self.maximumShots, "shots")
        try words.expect(count == 1 ? "shot" : "shots")
        var (first, split) = (Nanoseconds.milliseconds(1_500), Nanoseconds.milliseconds(400))
        var hit: RangeHit?
        var stop: Nanoseconds?
        while words.skip(",") {
            switch try words.oneOf(["first", "every", "hits", "stop"]) {
            case "first":
                try words.expect("after")
                first = try words.time(upTo: .seconds(300))
            case "every": split = try words.time(upTo: .seconds(300))
            case "hits":
                let delay = try words.time(upTo: .seconds(60))
                try words.expect("later")
                try words.expect("on")
                hit = try Self.parseHit(at: delay, &words)
            default:
                try words.expect("after")
                stop = try words.time(upTo: .seconds(300))
            }
        }
        var string = RangeString(beep: beep, shots: (0..<count).map { first + split * Int64($0) })
        if let hit {
            string.hits = string.shots.map { RangeHit(sensor: hit.sensor, time: $0 + hit.time, velocity: hit.velocity) }
        }
        let lastShot = string.shots.last ?? .zero
        string.stop = stop ?? lastShot + (hit?.time ?? .zero) + .seconds(2)
        guard string.stop ?? .zero >= lastShot, string.stop ?? .zero <= .seconds(300) else {
            throw words.error("a string ends behind its last shot, and 300 s after its beep at the latest")
        }
        let overlaps = range.strings.contains { other in
            let (begin, end) = (other.beep ?? .zero, (other.beep ?? .zero) + (other.stop ?? .zero))
            return beep <= end && begin <= beep + (string.stop ?? .zero)
        }
        guard !overlaps else { throw words.error("another string is under way at that time") }
        range.strings.append(string)
    }

    /// `sensor 2 with 110 mm/s`; sensors count from 1 where people write.
    private static func parseHit(at time: Nanoseconds, _ words: inout ScriptTokenizer) throws(ScriptError) -> RangeHit {
        try words.expect("sensor")
        let sensor = try words.count(in: 1...64, "a sensor's number")
        var velocity = 110
        if words.skip("with") {
            velocity = try words.count(in: 1...10_000, "a velocity")
            try words.expect("mm/s")
        }
        return RangeHit(sensor: sensor - 1, time: time, velocity: Double(velocity))
    }

    /// `no-contact for 4 s`
    private mutating func parseFault(at time: Nanoseconds, _ words: inout ScriptTokenizer) throws(ScriptError) {
        let name = words.next() ?? ""
        guard let fault = SimulatedFault(rawValue: name) else {
            throw words.error("no device has a fault \(ScriptTokenizer.quoted(name))")
        }
        let duration = words.skip("for") ? try words.time(upTo: Self.latestTime) : .milliseconds(1)
        faults.append(Fault(fault: fault, start: time, duration: duration, line: words.lineNumber))
    }
}
