import JSON

/// Smooths the statistics of a workout exponentially, each value by itself. The first one is taken as it is.
package struct StatisticsSmoothing: Sendable {
    /// The weight of a new value.
    package static let weight = 0.05

    /// What the next statistics are smoothed with.
    private enum Previous: Sendable {
        case none
        case frame(PressureStatistics)
        case reported(ReportedStatistics)
    }

    private var previous = Previous.none

    package init() {}

    /// Continues after these smoothed statistics.
    package init(after smoothed: PressureStatistics?) {
        if let smoothed { previous = .frame(smoothed) }
    }

    /// The smoothed statistics of the last frame; nil if there was none, or if the last ones were reported by a client.
    package var latest: PressureStatistics? {
        if case .frame(let statistics) = previous { statistics } else { nil }
    }

    package mutating func smooth(_ raw: PressureStatistics) -> PressureStatistics {
        var smoothed = raw
        switch previous {
        case .none: break
        case .frame(let last) where last.regions == raw.regions:
            for (index, values) in last.values.enumerated() {
                smoothed.values[index] = raw.values[index].combined(with: values) { Self.next($0, after: $1) }
            }
        case .frame, .reported:
            for (index, region) in raw.regions.all.enumerated() {
                smoothed.values[index] = raw.values[index].combined(with: previousValues(region.name)) {
                    $1.isNaN ? $0 : Self.next($0, after: $1)
                }
            }
        }
        previous = .frame(smoothed)
        return smoothed
    }

    /// Smooths what a client reports; nil, without any effect, if it contains no number.
    package mutating func smooth(_ raw: ReportedStatistics) -> ReportedStatistics? {
        var smoothed = raw
        for (region, statistics) in raw.regions.enumerated() {
            for (index, statistic) in statistics.values.enumerated() {
                guard let last = previousValue(statistics.name, statistic.name) else { continue }
                smoothed.regions[region].values[index].value = Self.next(statistic.value, after: last)
            }
        }
        guard !smoothed.regions.isEmpty else { return nil }
        previous = .reported(smoothed)
        return smoothed
    }

    private func previousValue(_ region: String, _ name: String) -> Double? {
        switch previous {
        case .none: return nil
        case .frame(let last):
            guard let place = last.regions.all.firstIndex(where: { $0.name == region }) else { return nil }
            return last.values[place].members.first { "\($0.name)" == name }?.value
        case .reported(let last):
            return last.regions.first { $0.name == region }?.values.first { $0.name == name }?.value
        }
    }

    /// NaN for what there is no value of.
    private func previousValues(_ region: String) -> RegionStatistics {
        func value(_ name: String) -> Double { previousValue(region, name) ?? .nan }
        return RegionStatistics(
            meanForce: value("mean_force"), maximum: value("max"), sum: value("sum_pressure"), mean: value("mean"),
            standardDeviation: value("std"), minimum: value("min"))
    }

    private static func next(_ value: Double, after last: Double) -> Double {
        weight * value + (1 - weight) * last
    }
}

/// Statistics that a client has computed itself: the numbers of each region. Anything else is left out.
package struct ReportedStatistics: Hashable, Sendable {
    package struct Region: Hashable, Sendable {
        package let name: String
        package internal(set) var values: [Value]
    }

    package struct Value: Hashable, Sendable {
        package let name: String
        package internal(set) var value: Double
    }

    package internal(set) var regions: [Region]

    /// Later values of more regions or statistics are left out.
    package static let maximum = 64

    package init(_ object: JSONObject) {
        regions = object.members.prefix(Self.maximum).compactMap { name, value in
            let values = (value.objectValue?.members ?? []).prefix(Self.maximum).compactMap { name, value in
                Self.number(value).map { Value(name: name, value: $0) }
            }
            return values.isEmpty ? nil : Region(name: name, values: values)
        }
    }

    /// A boolean is a number in Python.
    private static func number(_ value: JSONValue) -> Double? {
        value.doubleValue ?? value.booleanValue.map { $0 ? 1 : 0 }
    }
}
