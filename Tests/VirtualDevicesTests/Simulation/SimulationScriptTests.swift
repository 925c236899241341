import Clocks
import Testing

@testable import VirtualDevices

@Suite("Simulation scripts") struct SimulationScriptTests {
    @Test("parses events with their times")
    func whole() throws {
        let script = try SimulationScript(
            parsing: """
                # An evening.

                at 20 s: string of 3 shots, every 250ms, first after 1.1 s, hits 40 ms later on sensor 1 with 150 mm/s
                at 3 s: string of 1 shot   # and no hit
                at 30 s: hit on sensor 2 with 60 mm/s
                at 0.5 min : swing
                at 32 s: fault no-contact for 5 s
                at 33 s: fault reset
                at 0 s: sensor 2 of type uneven
                """)
        let first = RangeString(
            beep: .seconds(3), shots: [.milliseconds(1_500)], hits: [], stop: .milliseconds(3_500))
        let times = [1_100, 1_350, 1_600].map { Nanoseconds.milliseconds($0) }
        let second = RangeString(
            beep: .seconds(20), shots: times,
            hits: times.map { RangeHit(sensor: 0, time: $0 + .milliseconds(40), velocity: 150) },
            stop: .milliseconds(3_640))
        #expect(script.range == RangeScript([first, second]))
        #expect(script.hits == [RangeHit(sensor: 1, time: .seconds(30), velocity: 60)])
        #expect(script.swings == [.seconds(30)])
        #expect(
            script.faults == [
                .init(fault: .noContact, start: .seconds(32), duration: .seconds(5), line: 7),
                .init(fault: .reset, start: .seconds(33), duration: .milliseconds(1), line: 8),
            ])
        #expect(script.sensorTypes == [1: .uneven])
        #expect(script.end == .seconds(40))
    }

    @Test(
        "reports the line of a syntax error and what was expected",
        arguments: [
            ("string of 6 shots", "expected \"at\", but found \"string of\""),
            ("at soon: swing", "expected a time such as 480 ms, 1.2 s or 2 min, up to 86400 s, but found \"soon :\""),
            ("at 3 h: swing", "expected a time such as 480 ms, 1.2 s or 2 min, up to 86400 s, but found \"3 h\""),
            ("at -3 s: swing", "expected a time such as 480 ms, 1.2 s or 2 min, up to 86400 s, but found \"-3 s\""),
            ("at 3 s", "expected \":\", but found the end of the line"),
            ("at 3 s: dance", "expected one of string, hit, swing, fault, sensor, but found \"dance\""),
            ("at 3 s: swing twice", "expected the end of the line, but found \"twice\""),
            ("at 3 s: string of 151 shots", "expected shots, from 0 to 150, but found \"151 shots\""),
            (
                "at 3 s: string of 6 shots, hits 1 s later on sensor 0",
                "expected a sensor's number, from 1 to 64, but found \"0\""
            ),
            ("at 3 s: string of 6 shots, slowly", "expected one of first, every, hits, stop, but found \"slowly\""),
            (
                "at 3 s: string of 6 shots, stop after 1 s",
                "a string must end after its last shot, and at most 300 s after its beep"
            ),
            ("at 3 s: fault rest", "unknown fault \"rest\""),
            ("at 3 s: sensor 1 of type single", "the type of a sensor cannot change, so it applies at 0 s"),
            (
                "at 0 s: sensor 1 of type new",
                "expected one of standard, single, uneven, displacement, repeated, but found \"new\""
            ),
            ("at 1 s: string of 9 shots\nat 3 s: string of 1 shot", "the string overlaps another one"),
        ])
    func refused(text: String, sentence: String) {
        #expect {
            try SimulationScript(parsing: text)
        } throws: { error in
            let error = error as? ScriptError
            return error?.message == sentence && error?.line == text.split(separator: "\n").count
        }
    }

    @Test("the number of lines is limited")
    func limit() throws {
        let line = "#\n"
        #expect(throws: Never.self) {
            try SimulationScript(parsing: String(repeating: line, count: SimulationScript.maximumLines - 1))
        }
        #expect(throws: ScriptError.self) {
            try SimulationScript(parsing: String(repeating: line, count: SimulationScript.maximumLines))
        }
    }

    @Test("random words are parsed or rejected", arguments: 1...50)
    func noise(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let words = [
            "at", "3 s", "480ms", ":", "string", "of", "6", "shots", ",", "first", "after", "every", "hits", "later",
            "on",
            "sensor", "2", "with", "110 mm/s", "fault", "reset", "for", "swing", "hit", "stop", "\n", "#", "1e99", "ü",
        ]
        let text = (0..<200).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
        _ = try? SimulationScript(parsing: text)
    }
}
