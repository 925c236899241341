import Glibc
import RangeTrials

/// The tables, as Markdown.
struct Report {
    private var pairRows: [String] = []
    private var sections: [String] = []
    private var sampleRows: [String] = []
    private var quietRows: [String] = []
    private var broken: [String] = []
    private var kept: [String] = []

    mutating func pairs(_ name: String, _ result: TrialResult) {
        pairRows.append(
            row([
                name, "\(result.strings)", "\(result.truePairs)", share(result.precision), share(result.recall),
                share(result.firstPrecision), share(result.firstRecall),
                "\(result.crossTalkPaired) of \(result.crossTalk)", "\(result.straysPaired) of \(result.strays)",
                "\(result.mindsChanged) of \(result.hitsTold)",
            ]))
    }

    mutating func clock(_ result: TrialResult) {
        let errors = result.clockErrors
        let bars = result.clockBars.sorted()
        sections.append(
            """
            | the string's beginning | |
            |---|---|
            | error, mean | \(number(mean(errors))) ms |
            | error, standard deviation | \(number(deviation(errors))) ms |
            | 95 % of errors are below | \(number(quantile(errors.map { abs($0) }, 0.95))) ms |
            | error bar, median | ± \(number(quantile(bars, 0.5))) ms |
            | the true beep lies within the bar | \(share(result.clockCoverage)) |
            | the true shot lies within its bar | \(share(TrialResult.share(result.shotsInsideBar, result.shotClockErrors.count))) |
            """)
    }

    mutating func delays(_ result: TrialResult) {
        let errors = result.delayErrors.map { abs($0) }
        sections.append(
            """
            | a sensor's delay, when ten pairs have taught it | |
            |---|---|
            | sensors | \(errors.count) |
            | error, mean | \(number(mean(result.delayErrors))) ms |
            | error, root mean square | \(number((mean(errors.map { $0 * $0 })).squareRoot())) ms |
            | within 5 ms | \(share(TrialResult.share(errors.count { $0 <= 5 }, errors.count))) |
            | 95 % of errors are below | \(number(quantile(errors, 0.95))) ms |
            | the largest | \(number(errors.max() ?? 0)) ms |
            """)
        promise(
            "learnt delays within 5 ms after ten pairs: the root mean square, and nine sensors of ten",
            (mean(errors.map { $0 * $0 })).squareRoot() <= 5 && errors.count { $0 <= 5 } * 10 >= errors.count * 9)
    }

    mutating func samples(_ mode: String, _ result: SampleTrial.Result) {
        let refused = result.refused.sorted { $0.key.rawValue < $1.key.rawValue }
        sampleRows.append(
            row([
                mode, "\(result.strings)", "\(result.samples)", "\(result.found) of \(result.blows)",
                "\(result.invented)", share(TrialResult.share(result.insideBar, result.found)),
                "\(number(mean(result.onsetErrors))) ± \(number(deviation(result.onsetErrors))) ms",
                share(TrialResult.share(result.rightPairs, result.pairs)),
                share(TrialResult.share(result.rightPairs, result.truePairs)),
                refused.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", "),
            ]))
    }

    mutating func quiet(_ mode: String, _ still: QuietTrial.Result, _ touched: QuietTrial.Result) {
        let refused = touched.refused.sorted { $0.key.rawValue < $1.key.rawValue }
        quietRows.append(
            row([
                mode, "\(still.samples)", "\(still.impacts)", "\(touched.impacts)",
                refused.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", "),
            ]))
    }

    mutating func promise(_ promise: String, _ isKept: Bool) {
        if isKept { kept.append(promise) } else { broken.append(promise) }
    }

    func end() {
        print("## Pairs\n")
        print(
            "| strings | how many | pairs | precision | recall | precision, first string | recall, first string |"
                + " echoes paired | strays paired | told otherwise later |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        print(pairRows.joined(separator: "\n"))
        print("\n## The clock and the delays\n")
        print(sections.joined(separator: "\n\n"))
        print("\n## From the sensors' bytes\n")
        print(
            "| mode | strings | samples | blows found | invented | onset within its bar | onset error | precision |"
                + " recall | refused |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        print(sampleRows.joined(separator: "\n"))
        print("\n## Quiet hours\n")
        print("| mode | samples | impacts | impacts, with 30 touches an hour | refused then |")
        print("|---|---|---|---|---|")
        print(quietRows.joined(separator: "\n"))
        print("\n## Promises\n")
        for promise in kept { print("- kept: \(promise)") }
        for promise in broken { print("- **broken**: \(promise)") }
        if !broken.isEmpty { exit(1) }
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

    /// One digit behind the point.
    private func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    private func share(_ value: Double) -> String { "\((value * 10_000).rounded() / 100) %" }
}
