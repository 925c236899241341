import Clocks

/// What happens around a virtual device, as somebody has written it down: strings of fire, hits, swings, and what goes
/// wrong. Each device takes from it what concerns it. Times count from when the device is switched on.
///
/// `docs/simulation-scripts.md` describes the text.
package struct SimulationScript: Hashable, Sendable {
    package struct Fault: Hashable, Sendable {
        package let fault: SimulatedFault
        package let start: Nanoseconds
        package let duration: Nanoseconds
        /// Where it stands in the text.
        package let line: Int
    }

    package internal(set) var range = RangeScript()
    /// Hits without a string.
    package internal(set) var hits: [RangeHit] = []
    /// When a person with a phone swings.
    package internal(set) var swings: [Nanoseconds] = []
    package internal(set) var faults: [Fault] = []

    init() {}

    /// When all of it is over, and what it has caused has arrived.
    package var end: Nanoseconds {
        let strings = range.strings.map { ($0.beep ?? .zero) + ($0.stop ?? .zero) }
        let ends = strings + hits.map(\.time) + swings + faults.map { $0.start + $0.duration }
        return (ends.max() ?? .zero) + .seconds(3)
    }

    /// Everything that a sensor feels, in order.
    func hits(on sensor: Int) -> [RangeHit] {
        let ofStrings = range.strings.flatMap { string in
            string.hits.map { hit in
                RangeHit(sensor: hit.sensor, time: (string.beep ?? .zero) + hit.time, velocity: hit.velocity)
            }
        }
        return (ofStrings + hits).filter { $0.sensor == sensor }.sorted { $0.time < $1.time }
    }
}
