import Clocks
import Events
import JSON
import RangeTrials
import Reactor
import Signals
import Testing
import VirtualDevices

@testable import Drivers
@testable import ShootingRange

@Suite("Stored run inputs") struct RangeInputTests {
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

@Suite("Stored delay models") struct PersistedDelayTests {
    private static let model = DelayModel(
        count: 12, mean: 0.1 / 3, meanVariance: 1e-5 / 7, variance: 1e-4 / 3, misfits: 2, bias: -1.1,
        covariances: [DeviceID("B"): 1e-6 / 3, DeviceID("C\""): -2e-7 / 3])

    @Test("a learned delay is restored with its covariances")
    func roundTrip() {
        var memory = PersistedSensorState()
        memory.delay = Self.model
        memory.thresholds = .standard
        #expect(PersistedSensorState(memory.json) == memory)
        #expect(PersistedSensorState(PersistedSensorState().json) == PersistedSensorState())
    }

    private func delay(_ shared: String) -> DelayModel? {
        let json = """
            {"delay": {"count": 12, "mean": 0.05, "mean_variance": 1e-05, "variance": 0.0001, "misfits": 0\(shared)}}
            """
        return PersistedSensorState(Array(json.utf8)).delay
    }

    @Test("files without covariances are still valid")
    func older() {
        #expect(delay("") == DelayModel(count: 12, mean: 0.05, meanVariance: 1e-5, variance: 1e-4))
    }

    @Test("invalid and implausible members are ignored")
    func damaged() {
        #expect(delay(#", "shared": {"B": 1e-06, "C": "x"}"#)?.covariances == [DeviceID("B"): 1e-6])
        #expect(delay(#", "shared": 7"#)?.covariances == [:])
        #expect(delay(#", "shared": {"B": 40}"#) == nil)
        #expect(delay(#", "lean": 1e9"#) == nil)
        let many = (0..<200).map { #""\#($0)": 1e-06"# }.joined(separator: ",")
        #expect(delay(#", "shared": {\#(many)}"#)?.covariances.count == 64)
    }

    @Test("the API reports the precision of a delay and whether it is sufficient")
    func interface() throws {
        func json(_ model: DelayModel) throws -> JSONValue {
            var writer = JSONWriter()
            SensorJSON.write(DelayEstimate(model), to: &writer)
            return try JSONValue(parsing: writer.finish())
        }
        let vague = try json(DelayModel(count: 10, mean: 0.05, meanVariance: 9e-6, variance: 1e-4))
        #expect(vague["error"]?.doubleValue == 0.006 && vague["within_5_ms"]?.booleanValue == false)
        let exact = try json(DelayModel(count: 20, mean: 0.05, meanVariance: 4e-6, variance: 1e-4))
        #expect(exact["error"]?.doubleValue == 0.004 && exact["within_5_ms"]?.booleanValue == true)
        #expect(exact["pairs"]?.integerValue == 20 && exact["mean"]?.doubleValue == 0.05)
        let lucky = try json(DelayModel(count: 1, mean: 0.05, meanVariance: 4e-6, variance: 1e-4))
        #expect(lucky["within_5_ms"]?.booleanValue == false)
    }
}

@Suite("Stored sensor state") struct PersistedSensorStateTests {
    private static let hanging = RestCalibration(
        RestLevel(base: Vector3(x: -0.02, y: 0.125, z: 0.99), noise: 0.01), isMomentary: true)

    @Test("is restored unchanged")
    func roundTrip() {
        var memory = PersistedSensorState()
        #expect(PersistedSensorState(memory.json) == memory)
        memory.rest = Self.hanging
        #expect(PersistedSensorState(memory.json) == memory)
        memory.thresholds = ImpactThresholds(peak: 77)
        memory.delay = DelayModel(count: 12, mean: 0.04, meanVariance: 1e-6, variance: 1e-5, misfits: 0)
        #expect(PersistedSensorState(memory.json) == memory)
        memory.rest = nil
        #expect(PersistedSensorState(memory.json) == memory)
    }

    @Test("of a version without displacements is read: its limits follow those of the velocity until they are set")
    func withoutDisplacement() throws {
        var stored = PersistedSensorState(
            Array(
                """
                {"thresholds":{"onset":5,"peak":77,"onset_acceleration":0.4,"peak_acceleration":1.2,"longest_rise":0.045,\
                "dead_time":0.05},"rest":{"momentary":false,"x":0,"y":0,"z":1,"noise":1},\
                "delay":{"count":12,"mean":0.04,"mean_variance":1e-6,"variance":1e-5,"misfits":0,"lean":0,"shared":{}}}
                """.utf8))
        #expect(stored.thresholds?.onsetDisplacement == 10 && stored.thresholds?.peakDisplacement == 154)
        #expect(stored.rest?.level.noise == 1 && stored.rest?.displacement == nil)
        #expect(stored.delay?.firstImpacts == 0 && stored.delay?.count == 12)
        stored.thresholds?.peakDisplacement = 50
        stored.rest = RestCalibration(
            RestLevel(base: Vector3(x: 0, y: 0, z: 1), noise: 1), isMomentary: false,
            displacement: RestLevel(base: Vector3(x: 3, y: 0, z: 1), noise: 2))
        stored.delay = DelayModel(
            count: 12, mean: 0.04, meanVariance: 1e-6, variance: 1e-5, firstImpacts: 9, lateFirstImpacts: 2)
        #expect(PersistedSensorState(stored.json) == stored)
    }

    @Test(
        "an implausible rest level is ignored and the rest of the state is kept",
        arguments: [
            #"{"momentary":true,"x":0,"y":0,"z":40,"noise":0.01}"#, #"{"momentary":true,"x":0,"y":0,"z":1,"noise":-1}"#,
            #"{"momentary":false,"x":1e300,"y":0,"z":1,"noise":1}"#, #"{"x":0,"y":0,"z":1,"noise":1}"#,
            #"{"momentary":false,"x":0,"y":0,"z":1}"#, #"{"momentary":1,"x":0,"y":0,"z":1,"noise":1}"#, "5", "null",
        ])
    func implausible(rest: String) {
        let memory = PersistedSensorState(Array(#"{"thresholds":{"peak":77},"rest":\#(rest)}"#.utf8))
        #expect(memory.rest == nil)
        #expect(memory.thresholds?.peak == 77)
    }

    @Test("a rest level is stored when it changes significantly")
    func changes() {
        var memory = PersistedSensorState()
        func isNew(_ rest: RestCalibration) -> Bool { memory.update(rest) }
        let warmer = RestCalibration(RestLevel(base: Vector3(x: 0, y: 0.125, z: 0.99), noise: 0.02), isMomentary: true)
        let turned = RestCalibration(RestLevel(base: Vector3(x: 0.99, y: 0.1, z: 0), noise: 0.01), isMomentary: true)
        let otherMode = RestCalibration(turned.level, isMomentary: false)
        #expect([Self.hanging, Self.hanging, warmer].map(isNew) == [true, false, false])
        #expect(memory.rest == Self.hanging)
        #expect([turned, otherMode].map(isNew) == [true, true])
        #expect(memory.rest == otherMode)
    }

    @Test("a rest level survives restarts until the sensor is calibrated") @ReactorActor
    func restart() async throws {
        let folder = try TemporaryRangeFolder()
        let first = try await RangeTestBed(file: folder.file)
        let sensor = RangeTestBed.sensor(0)
        var range = VirtualRange.ready(RangeScript([]), sensors: 1)
        first.play(&range, until: .seconds(3))
        let rest = try #require(first.service.status(of: sensor)?.rest)
        _ = await first.store.close(within: .seconds(30))

        let second = try await RangeTestBed(file: folder.file, at: .seconds(4))
        let remembered = try #require(second.service.status(of: sensor)?.rest)
        #expect(abs(remembered.base.z - rest.base.z) < 1)
        try second.service.calibrate(sensor.text, taps: nil)
        #expect(second.service.status(of: sensor)?.rest == nil)
        _ = await second.store.close(within: .seconds(30))

        let third = try await RangeTestBed(file: folder.file, at: .seconds(5))
        #expect(third.service.status(of: sensor)?.rest == nil)
        _ = await third.store.close(within: .seconds(30))
    }
}

extension RangeService {
    fileprivate func status(of sensor: DeviceID) -> RangeSensorStatus? { sensorList.first { $0.id == sensor.text } }
}
