import Clocks
import Events
import Foundation
import JSON
import Surfaces
import Testing

@testable import ShootingRange

@Suite("Stored runs") struct RunCodecTests {
    private static let started = WallTime(nanoseconds: 1_790_000_000_123_456_789)

    private static let run = RunRecord(
        id: RunID("run_017"), number: 17, timer: DeviceID("T \"1\""), started: started,
        ended: started + .seconds(20), end: .timeout, shooter: "Änn", stage: nil,
        shots: [
            RunShot(
                number: 1, time: Nanoseconds(1_234_567_891), split: .milliseconds(1_230),
                fired: started + .milliseconds(1_230), error: Nanoseconds(20_000_001)),
            RunShot(number: 3, time: .seconds(2), split: .milliseconds(770), fired: started, isRepaired: true),
            RunShot(number: 4, time: .seconds(3), split: .seconds(1), isFinal: true),
        ],
        hits: [
            hit(.shot(1, delay: .milliseconds(40), error: Nanoseconds(9), confidence: 0.1 / 3)), hit(.none),
            hit(.crossTalk(of: 40)),
        ],
        summary: RunSummary(
            shots: 3, time: .seconds(3), firstShot: Nanoseconds(1_234_567_891), bestSplit: .milliseconds(770), hits: 1,
            strayHits: 2, targets: [.init(target: "Plate, 1", hits: 3)],
            parTimes: [.init(time: .milliseconds(1_500), shots: 1)], isRepaired: true), events: [3, 5, 1 << 50])

    private static func hit(_ match: RunHit.Match) -> RunHit {
        RunHit(
            impact: 41, sensor: DeviceID("S"), target: "Plate, 1", peakVelocity: 110.1, time: Nanoseconds(-7),
            match: match, isFinal: true)
    }

    @Test("are read back unchanged")
    func roundTrip() {
        #expect(RunCodec.decode(RunCodec.encode(Self.run)) == Self.run)
        let open = RunRecord(
            id: RunID("run_001"), number: 1, timer: DeviceID("T"), started: Self.started, ended: nil, end: nil,
            shooter: nil, stage: nil, shots: [], hits: [], summary: RunSummary(shots: 0, time: .zero), events: [])
        #expect(RunCodec.decode(RunCodec.encode(open)) == open)
    }

    @Test("have the shape of format 2")
    func shape() {
        let expected = """
            {"format":2,"id":"run_017","number":17,"timer":"T \\"1\\"","started":1790000000123456789,\
            "ended":1790000020123456789,"end":"timeout","shooter":"Änn","shots":[[1,1234567891,1230000000,false,\
            1790000001353456789,20000001,false],[3,2000000000,770000000,true,1790000000123456789,null,false],\
            [4,3000000000,1000000000,false,null,null,true]],"hits":[[41,"S","Plate, 1",110.1,-7,true,[1,40000000,9,\
            0.03333333333333333]],[41,"S","Plate, 1",110.1,-7,true,[]],[41,"S","Plate, 1",110.1,-7,true,[40]]],\
            "summary":{"shots":3,"time":3000000000,"first":1234567891,"best":770000000,"hits":1,"strays":2,\
            "targets":[["Plate, 1",3]],"par":[[1500000000,1]],"repaired":true},"events":[3,5,1125899906842624]}
            """
        #expect(String(decoding: RunCodec.encode(Self.run), as: UTF8.self) == expected)
    }

    @Test("of format 1 are read, and the API shows them as before, with everything final in runs that are over")
    func format1() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/runs-format-1.jsonl")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3)
        for line in lines {
            let run = try #require(RunCodec.decode(Array(line.utf8)))
            var writer = JSONWriter()
            RunJSON.write(run, to: &writer)
            #expect(String(decoding: writer.finish(), as: UTF8.self) == Self.final(String(line), of: run))
            #expect(RunCodec.decode(RunCodec.encode(run)) == run)
        }
    }

    /// What the API shows of a stored document, which says of no hit that it is final, and of no shot whether it is.
    private static func final(_ document: String, of run: RunRecord) -> String {
        let isFinal = run.end != nil && run.end != .unknown
        let parts = document.components(separatedBy: #"],"hits":["#)
        let shots = parts[0].components(separatedBy: #""shots":["#)
        let marked = shots[1].replacingOccurrences(of: "}", with: #","final":\#(isFinal)}"#)
        let hits = parts.dropFirst().joined(separator: #"],"hits":["#)
        return shots[0] + #""shots":["# + marked + #"],"hits":["#
            + (isFinal ? hits.replacingOccurrences(of: #""final":false"#, with: #""final":true"#) : hits)
    }

    @Test("times and counts that no run has are left out")
    func implausible() throws {
        for extreme in ["9223372036854775807", "-9223372036854775808"] {
            let json = #"""
                {"format":2,"id":"a","number":1,"timer":"T","started":1,\#
                "shots":[[1,5,5],[2,\#(extreme),5],[3,6,\#(extreme)]],\#
                "hits":[[1,"S",null,5,\#(extreme),true,[]],[2,"S",null,5,7,true,[]]],\#
                "summary":{"time":\#(extreme),"shots":\#(extreme),"first":\#(extreme),"best":4}}
                """#
            let run = try #require(RunCodec.decode(Array(json.utf8)))
            #expect(run.shots.map(\.number) == [1] && run.hits.map(\.impact) == [2])
            #expect(run.summary == RunSummary(shots: 0, time: .zero, bestSplit: Nanoseconds(4)))
        }
        let json = #"""
            {"run_id":"a","number":1,"device_id":"T","state":"running","start_time":"2026-01-01T00:00:00Z",\#
            "shots":[{"shot":1,"time":1e300},{"shot":2,"time":1.5}],"summary":{"total_time":-1e300}}
            """#
        let run = try #require(RunCodec.decode(Array(json.utf8)))
        #expect(run.shots.map(\.number) == [2] && run.summary.time == .zero)
    }

    @Test("lines of a recording with times that none has are ignored")
    func recording() {
        let frames = String(
            repeating: "5561110007001200e900f300390084092c011300ef0009000d000a0000009f01", count: 3)
        func count(_ comment: String) -> Int {
            SensorRecording.notifications(in: Array("\(frames) # \(comment)\n".utf8)).count
        }
        #expect(count("0 ns, 5000000 ns apart") == 1 && count("0 ns") == 1)
        #expect(count("0 ns, 9223372036854775807 ns apart") == 0 && count("9223372036854775807 ns") == 0)
    }

    @Test(
        "other JSON is rejected",
        arguments: [
            "", "{}", "[]", #"{"format":2}"#, #"{"format":3,"id":"a","number":1,"timer":"T","started":1}"#,
            #"{"format":2,"id":"a","number":1,"timer":"T","started":1,"end":"lunch"}"#,
            #"{"run_id":"a","number":1,"device_id":"T","state":"running","start_time":"yesterday"}"#,
            #"{"run_id":"a","number":1,"device_id":"T","state":"lunch","start_time":"2026-01-01T00:00:00Z"}"#,
        ])
    func invalid(json: String) {
        #expect(RunCodec.decode(Array(json.utf8)) == nil)
    }
}
