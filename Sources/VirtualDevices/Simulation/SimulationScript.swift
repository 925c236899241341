import Clocks
import Devices
import Text

/// A script of events for virtual devices: strings of fire, hits, swings and faults. Each device uses the events that
/// concern it. Times count from power-on.
///
/// `docs/simulation-scripts.md` describes the text format.
package struct SimulationScript: Hashable, Sendable {
    package struct Fault: Hashable, Sendable {
        package let fault: SimulatedFault
        package let start: Nanoseconds
        package let duration: Nanoseconds
        /// The line number in the text.
        package let line: Int
    }

    package internal(set) var range = RangeScript()
    /// Hits outside of strings.
    package internal(set) var hits: [RangeHit] = []
    /// The times of swings.
    package internal(set) var swings: [Nanoseconds] = []
    package internal(set) var faults: [Fault] = []
    /// The types of impact sensors by index; others are standard.
    package internal(set) var sensorTypes: [Int: BT50SensorType] = [:]

    init() {}

    /// The time after which all effects of the script have arrived.
    package var end: Nanoseconds {
        let strings = range.strings.map { ($0.beep ?? .zero) + ($0.stop ?? .zero) }
        let ends = strings + hits.map(\.time) + swings + faults.map { $0.start + $0.duration }
        return (ends.max() ?? .zero) + .seconds(3)
    }

    /// All hits on a sensor, in order.
    func hits(on sensor: Int) -> [RangeHit] {
        let ofStrings = range.strings.flatMap { string in
            string.hits.map { hit in
                RangeHit(sensor: hit.sensor, time: (string.beep ?? .zero) + hit.time, velocity: hit.velocity)
            }
        }
        return (ofStrings + hits).filter { $0.sensor == sensor }.sorted { $0.time < $1.time }
    }
}

/// A syntax error in a script.
package struct ScriptError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line number, counted from 1.
    package let line: Int
    package let message: String

    package var description: String { "\(line): \(message)" }
}

extension SimulationScript {
    package static let maximumLines = 10_000
    private static let maximumShots = 150
    private static let latestTime = Nanoseconds.seconds(86_400)

    /// Parses a script with one event per line and `#` before comments.
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
        switch try words.oneOf(["string", "hit", "swing", "fault", "sensor"]) {
        case "string": try parseString(at: time, &words)
        case "hit":
            try words.expect("on")
            hits.append(try Self.parseHit(at: time, &words))
        case "swing": swings.append(time)
        case "sensor": try parseSensor(at: time, &words)
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
            throw words.error("a string must end after its last shot, and at most 300 s after its beep")
        }
        let overlaps = range.strings.contains { other in
            let (begin, end) = (other.beep ?? .zero, (other.beep ?? .zero) + (other.stop ?? .zero))
            return beep <= end && begin <= beep + (string.stop ?? .zero)
        }
        guard !overlaps else { throw words.error("the string overlaps another one") }
        range.strings.append(string)
    }

    /// `sensor 2 with 110 mm/s`; sensors are numbered from 1 in scripts.
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

    /// `2 of type single`
    private mutating func parseSensor(at time: Nanoseconds, _ words: inout ScriptTokenizer) throws(ScriptError) {
        let sensor = try words.count(in: 1...64, "a sensor's number")
        try words.expect("of")
        try words.expect("type")
        let name = try words.oneOf(BT50SensorType.allCases.map(\.rawValue))
        guard time == .zero else { throw words.error("the type of a sensor cannot change, so it applies at 0 s") }
        sensorTypes[sensor - 1] = BT50SensorType(rawValue: name)
    }

    /// `no-contact for 4 s`
    private mutating func parseFault(at time: Nanoseconds, _ words: inout ScriptTokenizer) throws(ScriptError) {
        let name = words.next() ?? ""
        guard let fault = SimulatedFault.named(name) else {
            throw words.error("unknown fault \(Excerpt.quoted(name))")
        }
        let duration = words.skip("for") ? try words.time(upTo: Self.latestTime) : .milliseconds(1)
        faults.append(Fault(fault: fault, start: time, duration: duration, line: words.lineNumber))
    }
}
