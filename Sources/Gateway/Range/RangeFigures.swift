import Bluetooth
import Events
import Metrics
import Reactor

/// What the range counts.
@ReactorActor
struct RangeFigures {
    let sensorsRefused: Counter
    private let impacts: Counter
    private let refused: [ImpactRefusal: Counter]
    private let statements: [AMGSession.Source: Counter]

    init(_ metrics: MetricsRegistry) {
        let help = "Motions that sensors felt, by what they were taken for."
        func motions(_ result: String) -> Counter {
            metrics.counter("leadville_range_motions_total", help, ["result": result])
        }
        impacts = motions("impact")
        refused = Dictionary(uniqueKeysWithValues: ImpactRefusal.allCases.map { ($0, motions($0.rawValue)) })
        statements = Dictionary(
            uniqueKeysWithValues: AMGSession.Source.allCases.map { source in
                let labels: MetricsRegistry.Labels = ["source": source.rawValue]
                return (
                    source,
                    metrics.counter(
                        "leadville_range_statements_total", "What timers told, by how it was learnt.", labels)
                )
            })
        sensorsRefused = metrics.counter(
            "leadville_range_sensors_refused_total", "Notifications of sensors for which there was no room.")
    }

    func heard(_ source: AMGSession.Source) { statements[source]?.add() }

    func found(_ refusal: ImpactRefusal?) {
        if let refusal { refused[refusal]?.add() } else { impacts.add() }
    }
}
