import Testing
import VirtualDevices

@testable import Signals

@Suite("Learnt delays") struct DelayModelTests {
    @Test("the mean and the spread are learnt, and one wild delay does not matter")
    func learning() {
        var random = SeededRandom(seed: 2)
        var model = DelayModel()
        #expect(!model.isLearnt)
        for round in 0..<20 {
            let clock = random.bell(mean: 0, deviation: 0.005)
            var delays = (0..<5).map { _ in 0.47 + clock + random.bell(mean: 0, deviation: 0.007) }
            if round == 10 { delays.append(0.64) }
            model.learn(delays, clockVariance: 0.000_025)
        }
        #expect(abs(model.mean - 0.47) < 0.005)
        #expect(abs(model.deviation - 0.007) < 0.002)
        #expect(model.meanError < 0.008 && model.meanError > 0.001)
        #expect(model.count == 100)
    }

    @Test("the error bar of the mean holds the truth")
    func coverage() {
        var inside = 0
        for seed in 0..<300 {
            var random = SeededRandom(seed: UInt64(seed))
            var model = DelayModel()
            for _ in 0..<4 {
                let clock = random.bell(mean: 0, deviation: 0.005)
                model.learn(
                    (0..<3).map { _ in 0.06 + clock + random.bell(mean: 0, deviation: 0.008) },
                    clockVariance: 0.000_025)
            }
            if abs(model.mean - 0.06) <= model.meanError { inside += 1 }
        }
        #expect(inside >= 300 * 95 / 100, "\(inside)")
    }

    @Test("a target that was moved is learnt anew")
    func moved() {
        var model = DelayModel()
        for _ in 0..<10 { model.learn([0.05, 0.052, 0.048], clockVariance: 0.000_01) }
        for _ in 0..<2 { model.learn([0.2, 0.201], clockVariance: 0.000_01) }
        #expect(abs(model.mean - 0.05) < 0.002)
        model.learn([0.2, 0.199], clockVariance: 0.000_01)
        #expect(abs(model.mean - 0.2) < 0.002)
        #expect(model.count == 2)
    }

    @Test("what cannot be a delay is no lesson, and damaged numbers are known as such")
    func impossible() {
        var model = DelayModel()
        model.learn([-3, 7], clockVariance: 0.000_01)
        #expect(model.count == 0)
        #expect(model.isPlausible)
        #expect(!DelayModel(count: 3, mean: .nan, meanVariance: 0, variance: 0).isPlausible)
        #expect(!DelayModel(count: 3, mean: 0.1, meanVariance: 0, variance: -1).isPlausible)
    }
}
