import Clocks
import Events
import Signals
import Testing

@testable import Drivers
@testable import ShootingRange

@Suite("What runs are made of, as it is stored") struct RangeInputTests {
    private static let timer = DeviceID("T \"1\"")
    private static let moment = Moment(
        monotonic: MonotonicTime(nanoseconds: 5_000_000_000_001), wall: WallTime(nanoseconds: 1_790_000_000_000_000_007)
    )
    private static let impact = RunImpact(
        id: 17, sensor: DeviceID("S"), target: "popper", rack: "left",
        onset: MonotonicTime(nanoseconds: 4_999_900_000_000), onsetError: .milliseconds(6), peakVelocity: 110.25)
    private static let shot = Shot(
        number: 3, time: .milliseconds(2_340), split: .milliseconds(700), first: .milliseconds(1_500))

    static let inputs: [RunInput] = [
        .timer(TimerEvent(timer: timer, action: .started, string: 4, source: .pushed)),
        .timer(TimerEvent(timer: timer, action: .shot(shot), string: nil, source: .polled)),
        .timer(TimerEvent(timer: timer, action: .stopped(last: shot), string: 4, source: .repaired)),
        .timer(TimerEvent(timer: timer, action: .stopped(last: nil), string: 4, source: .pushed)),
        .timer(
            TimerEvent(
                timer: timer, action: .listed(times: [.milliseconds(10), .seconds(600)]), string: nil, source: .repaired
            )),
        .timerReady(timer), .timerDisconnected(timer), .impact(impact),
        .impact(
            RunImpact(
                id: .max / 4, sensor: DeviceID("S"), target: nil, onset: MonotonicTime(nanoseconds: 0),
                onsetError: .zero, peakVelocity: 1)),
        .names(RunID("run_007"), RunNames(shooter: "Änn", stage: nil, parTimes: [.seconds(3)])),
        .upcomingNames(RunNames(), next: 12),
    ]

    @Test("is restored unchanged", arguments: inputs)
    func roundTrip(input: RunInput) {
        let stored = PersistedRunInput(input, at: Self.moment)
        #expect(PersistedRunInput(stored.json) == stored)
    }

    @Test("rejects foreign JSON")
    func foreign() {
        for text in ["", "{}", "[]", "{\"monotonic\":1,\"wall\":2}", "{\"monotonic\":1,\"wall\":2,\"timer\":\"T\"}"] {
            #expect(PersistedRunInput(Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test(
        "rejects implausible values",
        arguments: [
            ##""monotonic":9223372036854775807,"wall":1,"ready":"T""##, ##""monotonic":1,"wall":-1,"ready":"T""##,
            ##""monotonic":1,"wall":1,"next":0,"par":[]"##, ##""monotonic":1,"wall":1,"next":1"##,
            ##""monotonic":1,"wall":1,"next":1,"par":[86400000000001]"##,
            ##""monotonic":1,"wall":1,"timer":"T","source":"pushed","action":"listed","times":[1,"2"]"##,
            ##""monotonic":1,"wall":1,"timer":"T","source":"pushed","action":"shot","shot":-1,"time":1,"split":1"##,
            ##""monotonic":1,"wall":1,"timer":"T","source":"pushed","action":"stopped","shot":1"##,
            ##""monotonic":1,"wall":1,"timer":"T","source":"pushed","string":"4","action":"started""##,
            ##""monotonic":1,"wall":1,"impact":1,"sensor":"S","onset":1,"error":1,"peak":1e300"##,
            ##""monotonic":1,"wall":1,"impact":1,"sensor":"S","onset":-9223372036854775808,"error":1,"peak":1"##,
        ])
    func impossible(members: String) {
        #expect(PersistedRunInput(Array("{\(members)}".utf8)) == nil)
    }

    @Test("moments stay within the same boot; after a reboot their age is that of the wall clock")
    func moved() {
        let stored = PersistedRunInput(.impact(Self.impact), at: Self.moment)
        let sameBoot = Moment(
            monotonic: Self.moment.monotonic + .seconds(60), wall: Self.moment.wall + .milliseconds(60_300))
        #expect(stored.rebased(to: sameBoot) == stored)
        let newBoot = Moment(
            monotonic: MonotonicTime(nanoseconds: 40_000_000_000), wall: Self.moment.wall + .seconds(60))
        let moved = stored.rebased(to: newBoot)
        #expect(moved.moment.monotonic == newBoot.monotonic - .seconds(60))
        guard case .impact(let impact) = moved.input else {
            Issue.record("not an impact")
            return
        }
        #expect(moved.moment.monotonic - impact.onset == Self.moment.monotonic - Self.impact.onset)
    }
}
