import Bluetooth
import Events
import Metrics
import Reactor

/// What the range counts.
@ReactorActor
struct RangeMetrics {
    let sensorsRejected: Counter
    private let impacts: Counter
    private let rejects: [ImpactReject: Counter]
    private let timerReports: [AMGSession.Source: Counter]

    init(_ metrics: MetricsRegistry) {
        let help = "Motions that sensors felt, by what they were taken for."
        func motions(_ result: String) -> Counter {
            metrics.counter("leadville_range_motions_total", help, ["result": result])
        }
        impacts = motions("impact")
        rejects = Dictionary(uniqueKeysWithValues: ImpactReject.allCases.map { ($0, motions($0.rawValue)) })
        timerReports = Dictionary(
            uniqueKeysWithValues: AMGSession.Source.allCases.map { source in
                let labels: MetricsRegistry.Labels = ["source": source.rawValue]
                return (
                    source,
                    metrics.counter(
                        "leadville_range_statements_total", "What timers told, by how it was learnt.", labels)
                )
            })
        sensorsRejected = metrics.counter(
            "leadville_range_sensors_refused_total", "Notifications of sensors for which there was no room.")
    }

    func recordTimerReport(_ source: AMGSession.Source) { timerReports[source]?.add() }

    func recordMotion(_ refusal: ImpactReject?) {
        if let refusal { rejects[refusal]?.add() } else { impacts.add() }
    }
}
