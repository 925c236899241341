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
        try second.service.calibrate(sensor.text)
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
