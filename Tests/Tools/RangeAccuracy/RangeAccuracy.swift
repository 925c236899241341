import RangeTrials

@main struct RangeAccuracy {
    static func main() {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100
        var all = TrialResult()
        for seed in 0..<count { all = all + RangeTrial.session(seed: UInt64(seed), strings: 10) }
        print("strings \(all.strings) shots \(all.shots) impacts \(all.impacts)")
        print("precision \(all.precision) recall \(all.recall) pairs \(all.pairs) true \(all.truePairs)")
        print("first: precision \(all.firstPrecision) recall \(all.firstRecall) \(all.firstTruePairs)")
        print(
            "crossTalk \(all.crossTalk) paired \(all.crossTalkPaired); strays \(all.strays) paired \(all.straysPaired)")
        let mean = all.clockErrors.reduce(0, +) / Double(all.clockErrors.count)
        print(
            "clock sd",
            (all.clockErrors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.clockErrors.count)).squareRoot())
        let bars = all.clockBars.sorted()
        print(
            "clock coverage \(all.clockCoverage) mean error \(all.clockErrors.reduce(0, +) / Double(all.clockErrors.count)) median bar \(bars[bars.count / 2]) shots inside \(Double(all.shotsInsideBar) / Double(all.shotClockErrors.count))"
        )
        let errors = all.delayErrors.map { abs($0) }.sorted()
        print(
            "delay errors \(errors.count): mean \(all.delayErrors.reduce(0, +) / Double(max(1, errors.count))) within 5: \(Double(errors.count { $0 <= 5 }) / Double(max(1, errors.count))) p95 \(errors.isEmpty ? 0 : errors[errors.count * 95 / 100]) max \(errors.last ?? 0)"
        )
        print("hits told \(all.hitsTold) changed \(all.mindsChanged)")
    }
}
