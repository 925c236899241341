import Clocks
import Events
import Testing

@testable import Signals

@Suite("Run tracker") struct RunTrackerTests {
    private static let timer = DeviceID("60:09:C3:1F:DC:1A")
    private static let sensor = DeviceID("C2:1B:DB:F0:55:50")

    /// A tracker and its events.
    private struct TrackerTestBed {
        var tracker = RunTracker(
            nextNumber: 7, delays: [sensor: DelayModel(count: 30, mean: 0.05, meanVariance: 1e-6, variance: 0.000_05)])
        var events: [RunEvent] = []
        var nextImpact: UInt64 = 100
        static let wall = WallTime(nanoseconds: 1_790_000_000_000_000_000)

        static func moment(_ seconds: Double) -> Moment {
            let span = Nanoseconds(seconds: seconds)
            return Moment(monotonic: MonotonicTime(nanoseconds: 1_000_000_000) + span, wall: wall + span)
        }

        mutating func report(
            _ action: TimerEvent.Action, at seconds: Double, string: Int? = 1, _ source: TimerReportSource = .pushed
        ) {
            let event = TimerEvent(timer: timer, action: action, string: string, source: source)
            events += tracker.apply(.timer(event), at: Self.moment(seconds))
        }

        mutating func shot(
            _ number: Int, _ time: Double, beep: Double = 10, string: Int? = 1, arrival: Double? = nil,
            _ source: TimerReportSource = .pushed
        ) {
            let time = Nanoseconds(seconds: time)
            let shot = Shot(number: number, time: time, split: time, first: nil)
            report(.shot(shot), at: arrival ?? beep + time.inSeconds + 0.03, string: string, source)
        }

        mutating func hit(_ seconds: Double, rack: String? = nil, after wait: Double = 0.3) {
            let onset = Self.moment(seconds).monotonic
            events += tracker.addImpact(
                RunImpact(
                    id: nextImpact, sensor: sensor, target: "Plate 1", rack: rack, onset: onset,
                    onsetError: .milliseconds(6), peakVelocity: 110), at: Self.moment(seconds + wait))
            nextImpact += 1
        }

        mutating func wait(until seconds: Double) {
            events += tracker.advance(to: Self.moment(seconds))
        }

        var names: [String] { events.map { $0.change.name.description } }
        var lastSummary: RunSummary? {
            events.reversed().lazy.compactMap { event in
                switch event.change {
                case .updated(let summary), .ended(_, let summary): summary
                default: nil
                }
            }.first
        }
    }

    private static func stop(_ number: Int, _ time: Double) -> TimerEvent.Action {
        let time = Nanoseconds(seconds: time)
        return .stopped(last: Shot(number: number, time: time, split: time, first: nil))
    }

    /// Three shots with two hits, up to the stop.
    private static func string(_ bed: inout TrackerTestBed) {
        bed.report(.started, at: 10.03)
        bed.shot(1, 1.2)
        bed.shot(2, 1.7)
        bed.hit(11.25)
        bed.shot(3, 2.6)
        bed.hit(12.65)
        bed.report(Self.stop(3, 2.6), at: 14)
    }

    @Test("a string becomes a run with its shots, hits and summary")
    func completed() throws {
        var bed = TrackerTestBed()
        bed.tracker.nameUpcoming(RunNames(shooter: "John Doe", stage: "Stage 1", parTimes: [.seconds(2)]))
        Self.string(&bed)
        #expect(bed.names == ["run_started", "shot", "shot", "hit", "shot", "hit"])
        #expect(bed.tracker.deadline == TrackerTestBed.moment(15.5).monotonic)
        bed.wait(until: 15.5)
        #expect(bed.names.suffix(6) == ["shot_final", "shot_final", "shot_final", "hit", "hit", "run_completed"])
        #expect(bed.events.allSatisfy { $0.run == RunID("run_007") && $0.shooter == "John Doe" })
        let summary = try #require(bed.lastSummary)
        #expect(summary.shots == 3 && summary.hits == 2 && summary.strayHits == 0)
        #expect(summary.time == .milliseconds(2_600) && summary.firstShot == .milliseconds(1_200))
        #expect(summary.bestSplit == .milliseconds(500))
        #expect(summary.targets == [.init(target: "Plate 1", hits: 2)])
        #expect(summary.parTimes == [.init(time: .seconds(2), shots: 2)])
        let run = try #require(bed.tracker[RunID("run_007")])
        #expect(run.hits.map(\.shot) == [1, 3])
        #expect(run.hits.allSatisfy { $0.isFinal })
        #expect(run.pairing.unpairedShots == [2])
        let shot = try #require(run.shot(2))
        #expect(shot.split == .milliseconds(500))
        let fired = try #require(shot.fired)
        #expect(abs((fired - (TrackerTestBed.wall + Nanoseconds(seconds: 11.7))).inSeconds) < 0.03)
        #expect(bed.tracker.deadline == nil)
        #expect(bed.tracker.nextNumber == 8)
        #expect(bed.tracker.upcoming.shooter == nil)
    }

    @Test("when a run ends, every shot, hit and stray has its last word, as final, and nothing follows")
    func finalWords() throws {
        var bed = TrackerTestBed()
        bed.report(.started, at: 10.03)
        bed.shot(1, 1.2)
        bed.hit(11.25)
        bed.hit(13)
        bed.shot(2, 4)
        bed.report(Self.stop(3, 4.9), at: 15)
        bed.wait(until: 25)
        let end = try #require(bed.events.lastIndex { $0.change.name.description == "run_completed" })
        #expect(Self.finality(bed.events) == [["shot 1", "shot 2", "shot 3", "impact 100", "impact 101"], []])
        // Too late: a hit after the settling time belongs to no run, and a recovered shot changes no hit.
        bed.hit(14.05, after: 12)
        bed.shot(3, 4.7, arrival: 40, .repaired)
        #expect(bed.events.count == end + 1)
        var late = TrackerTestBed()
        late.report(.started, at: 10.03)
        late.hit(11.25)
        late.report(Self.stop(1, 2.6), at: 14)
        late.wait(until: 30)
        let before = late.events.count
        late.shot(2, 1.2, arrival: 40, .repaired)
        #expect(late.names.dropFirst(before) == ["shot", "run_updated"])
        #expect(Self.finality(late.events) == [["shot 1", "impact 100", "shot 2"], []])
    }

    /// The shots and impacts whose last event is final, and those whose last event is not or follows a final one.
    private static func finality(_ events: [RunEvent]) -> [[String]] {
        var last: [(name: String, isFinal: Bool)] = []
        var wrong: [String] = []
        for event in events {
            let (name, isFinal): (String, Bool)
            switch event.change {
            case .shot(let shot), .finalShot(let shot): (name, isFinal) = ("shot \(shot.number)", shot.isFinal)
            case .hit(let hit): (name, isFinal) = ("impact \(hit.impact)", hit.isFinal)
            default: continue
            }
            if last.contains(where: { $0.name == name && $0.isFinal }) { wrong.append(name) }
            last.removeAll { $0.name == name }
            last.append((name, isFinal))
        }
        return [last.filter(\.isFinal).map(\.name), wrong + last.filter { !$0.isFinal }.map(\.name)]
    }

    @Test("a string without shots is a run")
    func empty() {
        var bed = TrackerTestBed()
        bed.report(.started, at: 10)
        bed.report(.stopped(last: nil), at: 13)
        bed.wait(until: 20)
        #expect(bed.names == ["run_started", "run_completed"])
        #expect(bed.lastSummary == RunSummary(shots: 0, time: .zero))
    }

    @Test("a new start without a stop interrupts the run; a repeated start does not")
    func interrupted() {
        var bed = TrackerTestBed()
        bed.report(.started, at: 10)
        bed.report(.started, at: 10.1)
        bed.shot(1, 1.2)
        bed.report(.started, at: 20, string: 2)
        #expect(bed.names == ["run_started", "shot", "shot_final", "run_interrupted", "run_started"])
        #expect(bed.events.map(\.run.text) == ["run_007", "run_007", "run_007", "run_007", "run_008"])
    }

    @Test("a run without a stop ends with a timeout")
    func timeout() {
        var bed = TrackerTestBed()
        bed.report(.started, at: 10)
        bed.shot(1, 1.2)
        bed.wait(until: 641)
        #expect(bed.names.last == "shot")
        bed.wait(until: 642)
        #expect(bed.names.last == "run_timeout")
    }

    @Test("a short disconnection is not published")
    func shortLoss() {
        var bed = TrackerTestBed()
        bed.report(.started, at: 10)
        bed.events += bed.tracker.apply(.timerDisconnected(Self.timer), at: TrackerTestBed.moment(11))
        bed.events += bed.tracker.apply(.timerReady(Self.timer), at: TrackerTestBed.moment(13))
        bed.wait(until: 30)
        #expect(bed.names == ["run_started"])
    }

    @Test("a disconnection makes a run unknown; recovered shots complete it")
    func repaired() throws {
        var bed = TrackerTestBed()
        bed.report(.started, at: 10.03)
        bed.shot(1, 1.2)
        bed.events += bed.tracker.apply(.timerDisconnected(Self.timer), at: TrackerTestBed.moment(11.5))
        bed.hit(11.25)
        bed.wait(until: 16.5)
        #expect(bed.names == ["run_started", "shot", "hit", "run_unknown"])
        bed.events += bed.tracker.apply(.timerReady(Self.timer), at: TrackerTestBed.moment(20))
        bed.shot(2, 1.7, arrival: 20.4, .repaired)
        bed.report(Self.stop(2, 1.7), at: 20.5, .repaired)
        bed.hit(11.75, after: 9)
        bed.wait(until: 23)
        #expect(
            bed.names.suffix(8) == [
                "run_unknown", "shot", "hit", "shot_final", "shot_final", "hit", "hit", "run_completed",
            ])
        let summary = try #require(bed.lastSummary)
        #expect(summary.isRepaired && summary.shots == 2 && summary.hits == 2)
    }

    @Test("a timer that never reconnects leaves the run unknown, published once")
    func unknown() {
        var bed = TrackerTestBed()
        bed.report(.started, at: 10)
        bed.events += bed.tracker.apply(.timerDisconnected(Self.timer), at: TrackerTestBed.moment(11))
        bed.wait(until: 17)
        bed.wait(until: 800)
        #expect(bed.names == ["run_started", "run_unknown", "run_updated"])
        #expect(bed.tracker.deadline == nil)
    }

    @Test("the run waits for a missing shot after the stop")
    func lateRepair() {
        var bed = TrackerTestBed()
        bed.report(.started, at: 10.03)
        bed.shot(1, 1.2)
        bed.report(Self.stop(3, 2.6), at: 14)
        bed.wait(until: 17)
        #expect(bed.names.last == "shot")
        bed.shot(2, 1.7, arrival: 17.1, .repaired)
        bed.wait(until: 18.7)
        #expect(bed.names.last == "run_completed")
        #expect(bed.lastSummary?.shots == 3)
        // After the end it is an update.
        bed.shot(3, 2.6, arrival: 30, .repaired)
        #expect(bed.names.last == "run_completed")
    }

    @Test("a string that was missed completely becomes a separate run")
    func listed() throws {
        var bed = TrackerTestBed()
        bed.report(.listed(times: [.seconds(1), .milliseconds(1_500)]), at: 100, string: nil, .repaired)
        #expect(bed.names == ["run_started", "shot", "shot", "shot_final", "shot_final", "run_completed"])
        #expect(bed.lastSummary?.isRepaired == true)
        #expect(bed.lastSummary?.shots == 2)
        let run = try #require(bed.tracker.runs.last)
        #expect(run.shot(1)?.fired == nil)
    }

    @Test("a string with a missed start becomes a run from its first shot")
    func missedBeginning() throws {
        var bed = TrackerTestBed()
        bed.shot(1, 1.2, string: 5)
        bed.shot(2, 1.7, string: 5)
        #expect(bed.names == ["run_started", "shot", "shot"])
        let run = try #require(bed.tracker.runs.last)
        #expect(run.isRepaired && run.string == 5)
        #expect(abs((run.beep - (TrackerTestBed.wall + .seconds(10))).inSeconds) < 0.04)
    }

    @Test("a repeated shot counts once")
    func duplicates() {
        var bed = TrackerTestBed()
        bed.report(.started, at: 10)
        bed.shot(1, 1.2)
        bed.shot(1, 1.2, arrival: 11.5)
        bed.shot(1, 1.3)
        #expect(bed.names == ["run_started", "shot"])
    }

    @Test("names can be set later, and unchanged names publish nothing")
    func names() throws {
        var bed = TrackerTestBed()
        Self.string(&bed)
        bed.wait(until: 16)
        let names = RunNames(shooter: "Jane Doe", stage: nil)
        let answer = bed.tracker.name(RunID("run_007"), names)
        let events = try #require(answer)
        #expect(events.map(\.change.name.description) == ["run_updated"])
        #expect(events.first?.shooter == "Jane Doe")
        let again = bed.tracker.name(RunID("run_007"), names)
        #expect(again == [])
        let unknown = bed.tracker.name(RunID("run_999"), names)
        #expect(unknown == nil)
    }

    @Test("an impact on a rack is published after the cross-talk window")
    func doubt() {
        var bed = TrackerTestBed()
        bed.report(.started, at: 10.03)
        bed.shot(1, 1.2)
        bed.hit(11.25, rack: "r")
        #expect(bed.names.last == "shot")
        #expect(bed.tracker.deadline == TrackerTestBed.moment(11.7).monotonic)
        bed.wait(until: 11.7)
        #expect(bed.names.last == "hit")
    }

    @Test("a stray impact is published at the end")
    func stray() throws {
        var bed = TrackerTestBed()
        bed.report(.started, at: 10.03)
        bed.shot(1, 1.2)
        bed.hit(13)
        bed.report(Self.stop(1, 1.2), at: 14)
        #expect(bed.names == ["run_started", "shot"])
        bed.wait(until: 16)
        #expect(bed.names.suffix(3) == ["shot_final", "hit", "run_completed"])
        let run = try #require(bed.tracker.runs.last)
        #expect(run.hits.map(\.match) == [RunHit.Match.none])
    }

    @Test("keeps a limited number of runs and evicts ended ones first")
    func limit() {
        var bed = TrackerTestBed()
        bed.report(.started, at: 1, string: 1)
        for index in 2..<60 {
            let event = TimerEvent(
                timer: DeviceID("other"), action: .listed(times: [.seconds(1)]), string: nil, source: .repaired)
            _ = bed.tracker.apply(.timer(event), at: TrackerTestBed.moment(Double(index)))
        }
        #expect(bed.tracker.runs.count == RunTracker.maximumRuns)
        #expect(bed.tracker.openRun(of: Self.timer)?.id == RunID("run_007"))
        #expect(RunTracker.id(1_234) == RunID("run_1234"))
    }
}
