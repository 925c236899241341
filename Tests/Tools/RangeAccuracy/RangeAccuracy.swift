import RangeTrials
import VirtualDevices

/// Runs many strings with known ground truth, prints the results as the tables of `docs/range-accuracy.md`, and fails if a
/// requirement is not met.
@main struct RangeAccuracy {
    static func main() {
        var report = AccuracyReport()
        let measured = session(0..<1_200) { _ in }
        report.pairs("As measured on real hardware", measured)
        report.check("precision ≥ 0.999", measured.precision >= 0.999)
        report.check("recall ≥ 0.99", measured.recall >= 0.99)
        report.check("strings ≥ 10,000", measured.strings >= 10_000)
        report.check("the beep lies within the error bar in ≥ 95 %", measured.clockCoverage >= 0.95)
        var all = measured
        for (name, change) in Self.variations {
            let result = session(5_000..<5_200, change)
            report.pairs(name, result)
            all = all + result
        }
        report.confidence(all.toldPairs)
        report.clock(measured)
        report.delays(measured, long: session(20_000..<20_200, strings: 60) { _ in })
        report.samples(
            "amplitudes", (0..<100).reduce(.init()) { $0 + SampleTrial.session(seed: UInt64($1), strings: 5) })
        report.samples(
            "now data",
            (0..<100).reduce(.init()) { $0 + SampleTrial.session(seed: UInt64($1), strings: 5, nowData: true) })
        for (name, amplitudes) in Self.sensors {
            report.hammer(
                name, HammerTrial.run(blows: 1_000, seed: 5, amplitudes),
                HammerTrial.rest(hours: 12, seed: 6, amplitudes))
        }
        for nowData in [false, true] {
            let still = IdleTrial.run(hours: 12, seed: 1, nowData: nowData)
            let touched = IdleTrial.run(hours: 12, seed: 2, nowData: nowData, touches: 30)
            report.idle(nowData ? "now data" : "amplitudes", still, touched)
            report.check("no impacts in 12 quiet hours, \(nowData ? "now data" : "amplitudes")", still.impacts == 0)
        }
        report.finish()
    }

    private static func session(
        _ seeds: Range<Int>, strings: Int = 10, _ change: @escaping (inout RangeGroundTruth.Rig) -> Void
    ) -> TrialResult {
        seeds.reduce(TrialResult()) { $0 + RangeTrial.session(seed: UInt64($1), strings: strings, change: change) }
    }

    private static let variations: [(String, @Sendable (inout RangeGroundTruth.Rig) -> Void)] = [
        ("arrivals twice as scattered", { $0.latencySpread *= 2 }),
        ("one push in five is lost", { $0.lossProbability = 0.2 }),
        ("every other shot a double", { $0.doubleProbability = 0.5 }),
        ("every other shot a miss", { $0.missProbability = 0.5 }),
        ("ten times as many strays", { $0.strayRate = 0.1 }),
        (
            "sensors ten times a second",
            { rig in for index in rig.sensors.indices { rig.sensors[index].interval = 100 } }
        ),
        ("one first hit in five is 50 to 200 ms late", { $0.firstLateProbability = 0.2 }),
        ("one hit in fifty is 50 to 200 ms late", { ($0.firstLateProbability, $0.lateProbability) = (0.02, 0.02) }),
        (
            "delays with a deviation of 20 ms",
            { rig in for index in rig.sensors.indices { rig.sensors[index].delayDeviation = 20 } }
        ),
    ]

    private static let sensors: [(String, VirtualBT50.Amplitudes)] = {
        var fast = VirtualBT50.Amplitudes()
        (fast.frequency, fast.restlessness) = (15, 0.022)
        return [
            ("24 samples a second, one per notification", .init(.single)),
            ("the same, without velocity", .init(.displacement)),
            ("the same, with a new velocity every half second", .init(.uneven)),
            ("100 samples a second, at 15 Hz", fast),
        ]
    }()
}
