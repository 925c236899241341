import Events
import Metrics
import Reactor

@ReactorActor
struct RangeMetrics {
    let sensorsRejected: Counter
    private let impacts: Counter
    private let rejects: [ImpactReject: Counter]
    private let timerReports: [TimerReportSource: Counter]

    init(_ metrics: MetricsRegistry) {
        func motions(_ result: String) -> Counter {
            metrics.counter(
                "leadville_range_motions_total", "Motions of targets, by classification.", ["result": result])
        }
        impacts = motions("impact")
        rejects = Dictionary(uniqueKeysWithValues: ImpactReject.allCases.map { ($0, motions($0.rawValue)) })
        timerReports = Dictionary(
            uniqueKeysWithValues: TimerReportSource.allCases.map { source in
                let counter = metrics.counter(
                    "leadville_range_statements_total", "Reports of timers, by source.", ["source": source.rawValue])
                // An alias of the same counter, under the name that the Bluetooth connection used for it.
                metrics.counter(
                    "leadville_timer_actions_total", "Same as leadville_range_statements_total.",
                    ["source": source.rawValue]
                ) { counter.value }
                return (source, counter)
            })
        sensorsRejected = metrics.counter(
            "leadville_range_sensors_refused_total", "Notifications dropped because there are too many sensors.")
    }

    func recordTimerReport(_ source: TimerReportSource) { timerReports[source]?.add() }

    func recordMotion(_ reject: ImpactReject?) {
        if let reject { rejects[reject]?.add() } else { impacts.add() }
    }
}
