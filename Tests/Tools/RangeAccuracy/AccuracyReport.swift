import Glibc
import RangeTrials
import Signals

/// Renders the tables as Markdown.
struct AccuracyReport {
    private var pairRows: [String] = []
    private var sections: [String] = []
    private var sampleRows: [String] = []
    private var idleRows: [String] = []
    private var confidenceRows: [String] = []
    private var hammerRows: [String] = []
    private var failedChecks: [String] = []
    private var passedChecks: [String] = []

    mutating func pairs(_ name: String, _ result: TrialResult) {
        pairRows.append(
            row([
                name, "\(result.strings)", "\(result.truePairs)", share(result.precision), share(result.recall),
                share(result.firstPrecision), share(result.firstRecall),
                "\(result.crossTalkPaired) of \(result.crossTalk)", "\(result.straysPaired) of \(result.strays)",
                "\(result.hitsRevised) of \(result.hitsReported)",
            ]))
    }

    mutating func clock(_ result: TrialResult) {
        let errors = result.clockErrors
        let bars = result.clockErrorBars.sorted()
        sections.append(
            """
            | the string's beginning | |
            |---|---|
            | error, mean | \(number(mean(errors))) ms |
            | error, standard deviation | \(number(deviation(errors))) ms |
            | 95 % of errors are below | \(number(quantile(errors.map { abs($0) }, 0.95))) ms |
            | error bar, median | ± \(number(quantile(bars, 0.5))) ms |
            | the true beep lies within the bar | \(share(result.clockCoverage)) |
            | the true shot lies within its bar | \(share(TrialResult.share(result.shotsInsideErrorBar, result.shotClockErrors.count))) |
            """)
    }

    /// - Parameters:
    ///   - result: the results of many ranges with few strings each.
    ///   - long: the results of fewer ranges with many strings each.
    mutating func delays(_ result: TrialResult, long: TrialResult) {
        let ten = (result.delays + long.delays).filter { $0.point == .pairs(10) }
        let twenty = long.delays.filter { $0.point == .pairs(20) }
        let forty = long.delays.filter { $0.point == .pairs(40) }
        let declared = long.delays.filter { $0.point == .declaredExact }
        let byStrings = [("of one string", 1...1), ("of two", 2...2), ("of 3 to 5", 3...5), ("of more", 6...999)].map {
            (name, strings) in delays("10 pairs, \(name)", ten.filter { strings.contains($0.strings) })
        }
        sections.append(
            """
            | a sensor's delay, learned from | sensors | error, mean | root mean square |\
             99 % are below | within 5 ms | with the clocks known exactly | error bar, median | the truth lies within it |
            |---|---|---|---|---|---|---|---|---|
            \(delays("10 pairs", ten))
            \(byStrings.joined(separator: "\n"))
            \(delays("20 pairs", twenty))
            \(delays("40 pairs", forty))
            \(delays("as many as needed until it is declared exact (within 5 ms)", declared))

            Of \(twenty.count) sensors, \(declared.count) were declared exact (within 5 ms) during the session, half of them \
            after \(Int(quantile(declared.map { Double($0.pairs) }, 0.5))) pairs, nine of ten after \
            \(Int(quantile(declared.map { Double($0.pairs) }, 0.9))).
            """)
        let square = mean(ten.map { $0.error * $0.error }).squareRoot()
        let within = ten.share { $0.isWithinTolerance }
        check("ten pairs: the root mean square error of a learned delay is ≤ 3 ms", square <= 3)
        check(
            "ten pairs: ≥ 92 % of sensors within 5 ms, and at most 4 % fewer than with the clocks known exactly",
            within >= 0.92 && within >= ten.share { $0.isIdealWithinTolerance } - 0.04)
        check("twenty pairs: ≥ 98 % of sensors within 5 ms", twenty.share { $0.isWithinTolerance } >= 0.98)
        check("forty pairs: ≥ 99.5 % of sensors within 5 ms", forty.share { $0.isWithinTolerance } >= 0.995)
        check(
            "a delay lies within its error bar in ≥ 95 %, for any number of pairs",
            [ten, twenty, forty, declared].allSatisfy { $0.share { $0.isInsideErrorBar } >= 0.95 })
        check(
            "of sensors that are declared exact, ≥ 98 % are within 5 ms",
            declared.share { $0.isWithinTolerance } >= 0.98)
    }

    /// How often pairs are right that were published with a confidence.
    mutating func confidence(_ pairs: [ToldPair]) {
        var isCalibrated = true
        for isFinal in [false, true] {
            for (low, high) in zip(Self.confidences, Self.confidences.dropFirst()) {
                let bin = pairs.filter { $0.isFinal == isFinal && low <= $0.confidence && $0.confidence < high }
                let told = mean(bin.map(\.confidence))
                let right = TrialResult.share(bin.count(where: \.isTrue), bin.count)
                let kept = TrialResult.share(bin.count(where: \.isKept), bin.count)
                if bin.count >= Self.minimumBin, abs(right - told) > 0.03 { isCalibrated = false }
                confidenceRows.append(
                    row([
                        isFinal ? "final" : "live", "\(low) to \(min(high, 1))", "\(bin.count)", share(told),
                        share(right),
                        isFinal ? "" : share(kept),
                    ]))
            }
        }
        check("of pairs with a confidence, that share ± 3 points is right (of 300 pairs or more)", isCalibrated)
    }

    private static let confidences = [0.8, 0.9, 0.95, 0.98, 0.99, 0.999]
    private static let minimumBin = 300

    mutating func hammer(_ sensor: String, _ blows: HammerTrial.Result, _ rest: HammerTrial.Result) {
        let decided = MotionQuantity.allCases.compactMap { quantity in
            blows.decidedBy[quantity].map { "\(quantity.rawValue) \($0)" }
        }
        hammerRows.append(
            row([
                sensor, "\(blows.detected) of \(blows.blows)", "\(blows.falsePositives)",
                share(TrialResult.share(blows.insideErrorBar, blows.detected)), decided.joined(separator: ", "),
                "\(rest.samples)", "\(rest.falsePositives)",
            ]))
        check("hammer blows, \(sensor): ≥ 99 % found", blows.detected * 100 >= blows.blows * 99)
        check(
            "hammer blows, \(sensor): no other impact, also in 12 hours of rest",
            blows.falsePositives + rest.falsePositives == 0)
    }

    private func delays(_ name: String, _ trials: [DelayTrial]) -> String {
        let errors = trials.map { abs($0.error) }
        return row([
            name, "\(trials.count)", "\(number(mean(trials.map(\.error)))) ms",
            "\(number(mean(errors.map { $0 * $0 }).squareRoot())) ms", "\(number(quantile(errors, 0.99))) ms",
            share(trials.share { $0.isWithinTolerance }), share(trials.share { $0.isIdealWithinTolerance }),
            "± \(number(quantile(trials.map(\.errorBar), 0.5))) ms", share(trials.share { $0.isInsideErrorBar }),
        ])
    }

    mutating func samples(_ mode: String, _ result: SampleTrial.Result) {
        let rejected = result.rejected.sorted { $0.key.rawValue < $1.key.rawValue }
        sampleRows.append(
            row([
                mode, "\(result.strings)", "\(result.samples)", "\(result.detected) of \(result.trueImpacts)",
                "\(result.falsePositives)", share(TrialResult.share(result.insideErrorBar, result.detected)),
                "\(number(mean(result.onsetErrors))) ± \(number(deviation(result.onsetErrors))) ms",
                share(TrialResult.share(result.correctPairs, result.pairs)),
                share(TrialResult.share(result.correctPairs, result.truePairs)),
                rejected.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", "),
            ]))
    }

    mutating func idle(_ mode: String, _ still: IdleTrial.Result, _ touched: IdleTrial.Result) {
        let rejected = touched.rejected.sorted { $0.key.rawValue < $1.key.rawValue }
        idleRows.append(
            row([
                mode, "\(still.samples)", "\(still.impacts)", "\(touched.impacts)",
                rejected.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", "),
            ]))
    }

    mutating func check(_ requirement: String, _ isMet: Bool) {
        if isMet { passedChecks.append(requirement) } else { failedChecks.append(requirement) }
    }

    func finish() {
        print("## Pairs\n")
        print(
            "| strings | how many | pairs | precision | recall | precision, first string | recall, first string |"
                + " cross-talk paired | strays paired | revised later |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        print(pairRows.joined(separator: "\n"))
        print("\n## Confidence\n")
        print("| published | confidence | pairs | mean | right | kept to the end |")
        print("|---|---|---|---|---|---|")
        print(confidenceRows.joined(separator: "\n"))
        print("\n## The clock and the delays\n")
        print(sections.joined(separator: "\n\n"))
        print("\n## From the sensors' bytes\n")
        print(
            "| mode | strings | samples | impacts detected | false positives | onset within its bar | onset error |"
                + " precision | recall | rejected |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        print(sampleRows.joined(separator: "\n"))
        print("\n## Hammer blows\n")
        print(
            "| sensor | blows found | other impacts | onset within its bar | decided by | samples at rest | impacts then |"
        )
        print("|---|---|---|---|---|---|---|")
        print(hammerRows.joined(separator: "\n"))
        print("\n## Quiet hours\n")
        print("| mode | samples | impacts | impacts, with 30 touches per hour | rejected then |")
        print("|---|---|---|---|---|")
        print(idleRows.joined(separator: "\n"))
        print("\n## Requirements\n")
        for requirement in passedChecks { print("- met: \(requirement)") }
        for requirement in failedChecks { print("- **not met**: \(requirement)") }
        if !failedChecks.isEmpty { exit(1) }
    }

    private func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

    private func deviation(_ values: [Double]) -> Double {
        let mean = mean(values)
        return self.mean(values.map { ($0 - mean) * ($0 - mean) }).squareRoot()
    }

    private func quantile(_ values: [Double], _ share: Double) -> Double {
        values.isEmpty ? 0 : values.sorted()[min(values.count - 1, Int(Double(values.count) * share))]
    }

    private func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    private func share(_ value: Double) -> String { "\((value * 10_000).rounded() / 100) %" }
}
