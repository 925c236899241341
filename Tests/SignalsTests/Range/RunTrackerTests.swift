import Clocks
import Events
import Testing

@testable import Signals

@Suite("Run tracker") struct RunTrackerTests {
    private static let timer = DeviceID("60:09:C3:1F:DC:1A")
    private static let sensor = DeviceID("C2:1B:DB:F0:55:50")

    /// A tracker, and everything that it has told.
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
            events += tracker.timer(timer, reported: action, string: string, source, at: Self.moment(seconds))
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

    /// Three shots of which two hit, up to the stop.
    private static func string(_ house: inout TrackerTestBed) {
        house.report(.started, at: 10.03)
        house.shot(1, 1.2)
        house.shot(2, 1.7)
        house.hit(11.25)
        house.shot(3, 2.6)
        house.hit(12.65)
        house.report(Self.stop(3, 2.6), at: 14)
    }

    @Test("a string becomes a run, with its shots, its hits and its numbers")
    func completed() throws {
        var house = TrackerTestBed()
        house.tracker.nameUpcoming(RunNames(shooter: "John Doe", stage: "Stage 1", parTimes: [.seconds(2)]))
        Self.string(&house)
        #expect(house.names == ["run_started", "shot", "shot", "hit", "shot", "hit"])
        #expect(house.tracker.deadline == TrackerTestBed.moment(15.5).monotonic)
        house.wait(until: 15.5)
        #expect(house.names.last == "run_completed")
        #expect(house.events.allSatisfy { $0.run == RunID("run_007") && $0.shooter == "John Doe" })
        let summary = try #require(house.lastSummary)
        #expect(summary.shots == 3 && summary.hits == 2 && summary.strayHits == 0)
        #expect(summary.time == .milliseconds(2_600) && summary.firstShot == .milliseconds(1_200))
        #expect(summary.bestSplit == .milliseconds(500))
        #expect(summary.targets == [.init(target: "Plate 1", hits: 2)])
        #expect(summary.parTimes == [.init(time: .seconds(2), shots: 2)])
        let run = try #require(house.tracker[RunID("run_007")])
        #expect(run.hits.map(\.shot) == [1, 3])
        #expect(run.hits.allSatisfy { $0.isFinal })
        #expect(run.pairing.unpairedShots == [2])
        let shot = try #require(run.shot(2))
        #expect(shot.split == .milliseconds(500))
        let fired = try #require(shot.fired)
        #expect(abs((fired - (TrackerTestBed.wall + Nanoseconds(seconds: 11.7))).inSeconds) < 0.03)
        #expect(house.tracker.deadline == nil)
        #expect(house.tracker.nextNumber == 8)
        #expect(house.tracker.upcoming.shooter == nil)
    }

    @Test("a string without shots is a run, too")
    func empty() {
        var house = TrackerTestBed()
        house.report(.started, at: 10)
        house.report(.stopped(last: nil), at: 13)
        house.wait(until: 20)
        #expect(house.names == ["run_started", "run_completed"])
        #expect(house.lastSummary == RunSummary(shots: 0, time: .zero))
    }

    @Test("a new start without a stop interrupts; the same beep twice does not")
    func interrupted() {
        var house = TrackerTestBed()
        house.report(.started, at: 10)
        house.report(.started, at: 10.1)
        house.shot(1, 1.2)
        house.report(.started, at: 20, string: 2)
        #expect(house.names == ["run_started", "shot", "run_interrupted", "run_started"])
        #expect(house.events.map(\.run.text) == ["run_007", "run_007", "run_007", "run_008"])
    }

    @Test("a timer that never says stop is given up after its time")
    func timeout() {
        var house = TrackerTestBed()
        house.report(.started, at: 10)
        house.shot(1, 1.2)
        house.wait(until: 641)
        #expect(house.names.last == "shot")
        house.wait(until: 642)
        #expect(house.names.last == "run_timeout")
    }

    @Test("a link that is lost for a moment is not worth telling")
    func shortLoss() {
        var house = TrackerTestBed()
        house.report(.started, at: 10)
        house.events += house.tracker.timerDisconnected(Self.timer, at: TrackerTestBed.moment(11))
        house.events += house.tracker.timerReady(Self.timer, at: TrackerTestBed.moment(13))
        house.wait(until: 30)
        #expect(house.names == ["run_started"])
    }

    @Test("a link that is lost makes a run unknown; what is repaired afterwards completes it")
    func repaired() throws {
        var house = TrackerTestBed()
        house.report(.started, at: 10.03)
        house.shot(1, 1.2)
        house.events += house.tracker.timerDisconnected(Self.timer, at: TrackerTestBed.moment(11.5))
        house.hit(11.25)
        house.wait(until: 16.5)
        #expect(house.names == ["run_started", "shot", "hit", "run_unknown"])
        house.events += house.tracker.timerReady(Self.timer, at: TrackerTestBed.moment(20))
        house.shot(2, 1.7, arrival: 20.4, .repaired)
        house.report(Self.stop(2, 1.7), at: 20.5, .repaired)
        house.hit(11.75, after: 9)
        house.wait(until: 23)
        #expect(house.names.suffix(4) == ["run_unknown", "shot", "hit", "run_completed"])
        let summary = try #require(house.lastSummary)
        #expect(summary.isRepaired && summary.shots == 2 && summary.hits == 2)
    }

    @Test("a timer that never comes back leaves the run unknown, told once")
    func unknown() {
        var house = TrackerTestBed()
        house.report(.started, at: 10)
        house.events += house.tracker.timerDisconnected(Self.timer, at: TrackerTestBed.moment(11))
        house.wait(until: 17)
        house.wait(until: 800)
        #expect(house.names == ["run_started", "run_unknown", "run_updated"])
        #expect(house.tracker.deadline == nil)
    }

    @Test("a shot that was lost is waited for after the stop")
    func lateRepair() {
        var house = TrackerTestBed()
        house.report(.started, at: 10.03)
        house.shot(1, 1.2)
        house.report(Self.stop(3, 2.6), at: 14)
        house.wait(until: 17)
        #expect(house.names.last == "shot")
        house.shot(2, 1.7, arrival: 17.1, .repaired)
        house.wait(until: 18.7)
        #expect(house.names.last == "run_completed")
        #expect(house.lastSummary?.shots == 3)
        // Even later it is an update.
        house.shot(3, 2.6, arrival: 30, .repaired)
        #expect(house.names.last == "run_completed")
    }

    @Test("a string that came and went while nobody listened is a run of its own")
    func listed() throws {
        var house = TrackerTestBed()
        house.report(.listed(times: [.seconds(1), .milliseconds(1_500)]), at: 100, string: nil, .repaired)
        #expect(house.names == ["run_started", "shot", "shot", "run_completed"])
        #expect(house.lastSummary?.isRepaired == true)
        #expect(house.lastSummary?.shots == 2)
        let run = try #require(house.tracker.runs.last)
        #expect(run.shot(1)?.fired == nil)
    }

    @Test("a string whose beginning was missed is a run from its first shot on")
    func missedBeginning() throws {
        var house = TrackerTestBed()
        house.shot(1, 1.2, string: 5)
        house.shot(2, 1.7, string: 5)
        #expect(house.names == ["run_started", "shot", "shot"])
        let run = try #require(house.tracker.runs.last)
        #expect(run.isRepaired && run.string == 5)
        #expect(abs((run.beep - (TrackerTestBed.wall + .seconds(10))).inSeconds) < 0.04)
    }

    @Test("the same shot twice is one")
    func duplicates() {
        var house = TrackerTestBed()
        house.report(.started, at: 10)
        house.shot(1, 1.2)
        house.shot(1, 1.2, arrival: 11.5)
        house.shot(1, 1.3)
        #expect(house.names == ["run_started", "shot"])
    }

    @Test("names may come afterwards, and nobody is told of what has not changed")
    func names() throws {
        var house = TrackerTestBed()
        Self.string(&house)
        house.wait(until: 16)
        let names = RunNames(shooter: "Jane Doe", stage: nil)
        let answer = house.tracker.name(RunID("run_007"), names)
        let told = try #require(answer)
        #expect(told.map(\.change.name.description) == ["run_updated"])
        #expect(told.first?.shooter == "Jane Doe")
        let again = house.tracker.name(RunID("run_007"), names)
        #expect(again == [])
        let nobody = house.tracker.name(RunID("run_999"), names)
        #expect(nobody == nil)
    }

    @Test("an impact on a rack is told when its neighbours have had their time")
    func doubt() {
        var house = TrackerTestBed()
        house.report(.started, at: 10.03)
        house.shot(1, 1.2)
        house.hit(11.25, rack: "r")
        #expect(house.names.last == "shot")
        #expect(house.tracker.deadline == TrackerTestBed.moment(11.7).monotonic)
        house.wait(until: 11.7)
        #expect(house.names.last == "hit")
    }

    @Test("an impact that nobody fired is told at the end, as such")
    func stray() throws {
        var house = TrackerTestBed()
        house.report(.started, at: 10.03)
        house.shot(1, 1.2)
        house.hit(13)
        house.report(Self.stop(1, 1.2), at: 14)
        #expect(house.names == ["run_started", "shot"])
        house.wait(until: 16)
        #expect(house.names.suffix(2) == ["hit", "run_completed"])
        let run = try #require(house.tracker.runs.last)
        #expect(run.hits.map(\.match) == [RunHit.Match.none])
    }

    @Test("it holds a handful of runs, and never lets go of an open one for a closed one")
    func limit() {
        var house = TrackerTestBed()
        house.report(.started, at: 1, string: 1)
        for index in 2..<60 {
            _ = house.tracker.timer(
                DeviceID("other"), reported: .listed(times: [.seconds(1)]), string: nil, .repaired,
                at: TrackerTestBed.moment(Double(index)))
        }
        #expect(house.tracker.runs.count == RunTracker.maximumRuns)
        #expect(house.tracker.openRun(of: Self.timer)?.id == RunID("run_007"))
        #expect(RunTracker.id(1_234) == RunID("run_1234"))
    }
}
