import Events
import Testing
import VirtualDevices

@testable import Signals

@Suite("Learnt delays") struct DelayModelTests {
    private static let a = DeviceID("A")
    private static let b = DeviceID("B")
    private static let c = DeviceID("C")

    private func model(_ models: [DeviceID: DelayModel]) -> DelayModel { models[Self.a] ?? DelayModel() }

    @Test("mean and variance are learned, and one outlier has no effect")
    func learning() {
        var random = SeededRandom(seed: 2)
        var models: [DeviceID: DelayModel] = [:]
        for round in 0..<20 {
            let clock = random.normal(mean: 0, deviation: 0.005)
            var delays = (0..<5).map { _ in 0.47 + clock + random.normal(mean: 0, deviation: 0.007) }
            if round == 10 { delays.append(0.64) }
            models.learn(DelayObservation([Self.a: delays], clockVariance: 0.000_025))
        }
        let model = model(models)
        #expect(abs(model.mean - 0.47) < 0.005)
        #expect(abs(model.deviation - 0.007) < 0.002)
        #expect(model.meanError < 0.005 && model.meanError > 0.001)
        #expect(model.isExact)
        #expect(model.count == 100)
    }

    @Test("the error bound of the mean holds, also for sensors that share clock errors")
    func coverage() {
        var inside = 0
        var exact: [Bool] = []
        for seed in 0..<300 {
            var random = SeededRandom(seed: UInt64(seed))
            var models: [DeviceID: DelayModel] = [:]
            for _ in 0..<6 {
                let clock = random.normal(mean: 0, deviation: 0.005)
                func delays(_ mean: Double) -> [Double] {
                    (0..<3).map { _ in mean + clock + random.normal(mean: 0, deviation: 0.008) }
                }
                models.learn(DelayObservation([Self.a: delays(0.06), Self.b: delays(0.09)], clockVariance: 0.000_025))
            }
            for (sensor, truth) in [(Self.a, 0.06), (Self.b, 0.09)] {
                guard let model = models[sensor] else { continue }
                if abs(model.mean - truth) <= model.meanError { inside += 1 }
                if model.isExact { exact.append(abs(model.mean - truth) <= 0.005) }
            }
        }
        #expect(inside >= 600 * 95 / 100, "\(inside)")
        #expect(exact.count { $0 } * 100 >= exact.count * 95)
    }

    @Test("a string that hits one sensor improves correlated sensors")
    func together() throws {
        var squares = (alone: 0.0, together: 0.0)
        for seed in 0..<200 {
            var random = SeededRandom(seed: UInt64(seed))
            var models: [DeviceID: DelayModel] = [:]
            func delays(_ mean: Double, _ count: Int, _ clock: Double) -> [Double] {
                (0..<count).map { _ in mean + clock + random.normal(mean: 0, deviation: 0.005) }
            }
            for _ in 0..<2 {
                let clock = random.normal(mean: 0, deviation: 0.008)
                models.learn(
                    DelayObservation(
                        [Self.a: delays(0.06, 5, clock), Self.b: delays(0.09, 5, clock)], clockVariance: 0.000_064))
            }
            let before = try #require(models[Self.a])
            for _ in 0..<10 {
                let clock = random.normal(mean: 0, deviation: 0.008)
                models.learn(DelayObservation([Self.b: delays(0.09, 5, clock)], clockVariance: 0.000_064))
            }
            let after = try #require(models[Self.a])
            #expect(after.count == 10 && after.meanVariance < before.meanVariance)
            squares.alone += (before.mean - 0.06) * (before.mean - 0.06)
            squares.together += (after.mean - 0.06) * (after.mean - 0.06)
        }
        #expect(squares.together < squares.alone * 0.4, "\(squares)")
    }

    @Test("a moved target is relearned")
    func moved() {
        var models: [DeviceID: DelayModel] = [:]
        for _ in 0..<10 { models.learn(DelayObservation([Self.a: [0.05, 0.052, 0.048]], clockVariance: 0.000_01)) }
        for _ in 0..<2 { models.learn(DelayObservation([Self.a: [0.2, 0.201]], clockVariance: 0.000_01)) }
        #expect(abs(model(models).mean - 0.05) < 0.002)
        models.learn(DelayObservation([Self.a: [0.2, 0.199]], clockVariance: 0.000_01))
        #expect(abs(model(models).mean - 0.2) < 0.002)
        #expect(model(models).count == 2)
    }

    @Test("after a small move, the model adapts and its error bound grows")
    func movedALittle() {
        var models: [DeviceID: DelayModel] = [:]
        for _ in 0..<40 { models.learn(DelayObservation([Self.a: [0.05, 0.055, 0.045]], clockVariance: 0.000_004)) }
        #expect(model(models).isExact)
        models.learn(DelayObservation([Self.a: [0.066, 0.071, 0.069]], clockVariance: 0.000_004))
        #expect(!model(models).isExact)
        #expect(abs(model(models).mean - 0.069) <= model(models).meanError)
        for _ in 0..<3 { models.learn(DelayObservation([Self.a: [0.066, 0.071, 0.069]], clockVariance: 0.000_004)) }
        #expect(abs(model(models).mean - 0.069) < 0.004)
    }

    @Test("the model also adapts to a move that no single string reveals")
    func movedVeryLittle() {
        var random = SeededRandom(seed: 5)
        var honest: [Bool] = []
        for _ in 0..<50 {
            var models: [DeviceID: DelayModel] = [:]
            for string in 0..<60 {
                let clock = random.normal(mean: 0, deviation: 0.003)
                let truth = string < 50 ? 0.05 : 0.061
                let delays = (0..<3).map { _ in truth + clock + random.normal(mean: 0, deviation: 0.008) }
                models.learn(DelayObservation([Self.a: delays], clockVariance: 0.000_009))
            }
            honest.append(abs(model(models).mean - 0.061) <= model(models).meanError)
        }
        // With the previous estimate, it would be one in three.
        #expect(honest.count { $0 } > 42, "\(honest.count { $0 })")
    }

    @Test("impossible delays are ignored, and damaged numbers are detected")
    func impossible() {
        var models: [DeviceID: DelayModel] = [:]
        models.learn(DelayObservation([Self.a: [-3, 7]], clockVariance: 0.000_01))
        #expect(model(models).count == 0)
        #expect(model(models).isPlausible)
        #expect(!DelayModel(count: 3, mean: .nan, meanVariance: 0, variance: 0).isPlausible)
        #expect(!DelayModel(count: 3, mean: 0.1, meanVariance: 0, variance: -1).isPlausible)
        #expect(
            !DelayModel(count: 3, mean: 0.1, meanVariance: 1e-5, variance: 1e-4, covariances: [Self.b: .nan])
                .isPlausible)
    }

    @Test("a delay that is corrected through another sensor stays possible")
    func possible() {
        var models: [DeviceID: DelayModel] = [:]
        // The clock of the first string is uncertain, so the delays learned from it share most of their error.
        models.learn(DelayObservation([Self.a: [-0.05], Self.b: [0.1]], clockVariance: 0.0025))
        models.learn(DelayObservation([Self.b: [0]], clockVariance: 0.000_001))
        #expect(model(models).mean == DelayModel.possible.lowerBound)
        #expect(models.values.allSatisfy { $0.isPlausible }, "\(models)")
    }

    @Test("the number of sensors is limited")
    func limit() {
        var models: [DeviceID: DelayModel] = [:]
        models.learn(DelayObservation([Self.a: [0.05, 0.05]], clockVariance: 0.000_01), maximumSensors: 1)
        models.learn(DelayObservation([Self.a: [0.05], Self.b: [0.05]], clockVariance: 0.000_01), maximumSensors: 1)
        #expect(models.keys.map(\.text) == ["A"])
        #expect(model(models).count == 3)
    }
}

/// Stored covariances may be damaged or refer to a sensor that has been forgotten.
@Suite("Restored delay models") struct RestoredDelayModelTests {
    private static let a = DeviceID("A")
    private static let b = DeviceID("B")
    private static let c = DeviceID("C")

    private static func stored(_ shared: [DeviceID: Double]) -> DelayModel {
        DelayModel(count: 20, mean: 0.05, meanVariance: 0.000_01, variance: 0.000_1, covariances: shared)
    }

    private func learn(_ models: [DeviceID: DelayModel]) -> [DeviceID: DelayModel] {
        var models = models
        models.learn(DelayObservation([Self.a: [0.052, 0.055]], clockVariance: 0.000_01))
        return models
    }

    @Test("a symmetric covariance counts, and a sensor that was not hit improves through it")
    func both() {
        let learned = learn([Self.a: Self.stored([Self.b: 0.000_008]), Self.b: Self.stored([Self.a: 0.000_008])])
        #expect((learned[Self.b]?.mean ?? 0) > 0.05 && (learned[Self.b]?.meanVariance ?? 1) < 0.000_01)
        #expect(learned[Self.a]?.covariances[Self.b] == learned[Self.b]?.covariances[Self.a])
    }

    @Test(
        "an asymmetric or impossible covariance is ignored",
        arguments: [[0.000_008, nil], [0.000_008, 0.000_007], [0.000_02, 0.000_02]] as [[Double?]])
    func one(covariances: [Double?]) {
        var models = [Self.a: Self.stored([:]), Self.b: Self.stored([:])]
        models[Self.a]?.covariances[Self.b] = covariances[0]
        models[Self.b]?.covariances[Self.a] = covariances[1]
        #expect(learn(models)[Self.b]?.mean == 0.05)
    }

    @Test("learning converges from any stored state", arguments: 0..<100)
    func anything(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        func size(_ exponents: ClosedRange<Double>) -> Double {
            Probability.exponential(2.3 * .random(in: exponents, using: &random))
        }
        let sensors = (0..<Int.random(in: 2...6, using: &random)).map { DeviceID("S\($0)") }
        var models: [DeviceID: DelayModel] = [:]
        for sensor in sensors {
            models[sensor] = DelayModel(
                count: .random(in: 0...100, using: &random), mean: .random(in: -0.06...1.2, using: &random),
                meanVariance: random.chance(0.1) ? 0 : size(-12...0), variance: size(-12...0),
                misfits: .random(in: 0...5, using: &random), bias: .random(in: -100...100, using: &random))
        }
        for (place, sensor) in sensors.enumerated() {
            for other in sensors[..<place] where random.chance(0.7) {
                let shared = size(-12...0) * (random.chance(0.5) ? 1 : -1)
                models[sensor]?.covariances[other] = shared
                models[other]?.covariances[sensor] = shared
            }
        }
        for _ in 0..<80 {
            let clock = random.normal(mean: 0, deviation: 0.004)
            var delays: [DeviceID: [Double]] = [:]
            for sensor in sensors where random.chance(0.7) {
                delays[sensor] = (0..<2).map { _ in 0.08 + clock + random.normal(mean: 0, deviation: 0.006) }
            }
            models.learn(DelayObservation(delays, clockVariance: 0.000_016))
            #expect(models.values.allSatisfy { $0.mean.isFinite && $0.meanVariance >= 0 && $0.meanVariance <= 1 })
        }
        #expect(models.values.allSatisfy { $0.isPlausible && abs($0.mean - 0.08) < 0.01 }, "\(models)")
    }

    @Test("an inconsistent stored state is discarded, and learning continues")
    func contradiction() {
        // Each pair of covariances is possible, all three together are not.
        let (much, little) = (0.000_009_9, -0.000_009_9)
        let learned = learn([
            Self.a: Self.stored([Self.b: much, Self.c: much]), Self.b: Self.stored([Self.a: much, Self.c: little]),
            Self.c: Self.stored([Self.a: much, Self.b: little]),
        ])
        #expect((learned[Self.a]?.mean ?? 0) > 0.05)
        #expect(learned.values.allSatisfy { $0.isPlausible })
        #expect(learned.values.allSatisfy { $0.meanVariance > 0 })
        var models = learned
        for _ in 0..<20 {
            models.learn(DelayObservation([Self.b: [0.05], Self.c: [0.05]], clockVariance: 0.000_01))
            #expect(models.values.allSatisfy { $0.meanVariance > 0 && $0.isPlausible })
        }
    }
}
