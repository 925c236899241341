import Clocks
import Reactor

/// Counts occurrences since the start.
@ReactorActor
package final class Counter {
    package private(set) var value: UInt64 = 0

    package init() {}

    package func add(_ amount: Int = 1) {
        value &+= UInt64(amount)
    }
}

/// The distribution of durations over fixed buckets.
@ReactorActor
package final class Histogram {
    package let bounds: [Nanoseconds]
    /// The bounds in seconds, as each bucket's line has them before its count.
    fileprivate let boundTexts: [[UInt8]]
    /// One more than there are bounds: the last one counts durations above all bounds.
    package private(set) var counts: [UInt64]
    package private(set) var sum: Nanoseconds = .zero

    package init(bounds: [Nanoseconds] = Histogram.latencyBounds) {
        self.bounds = bounds
        boundTexts = bounds == Self.latencyBounds ? Self.latencyTexts : Self.texts(of: bounds)
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    private nonisolated static let latencyTexts = texts(of: latencyBounds)

    private nonisolated static func texts(of bounds: [Nanoseconds]) -> [[UInt8]] {
        (bounds.map { MetricsText.number($0.inSeconds) } + ["+Inf"]).map { Array("\($0)\"} ".utf8) }
    }

    package func observe(_ span: Nanoseconds) {
        var index = 0
        while index < bounds.count, span > bounds[index] { index += 1 }
        counts[index] += 1
        sum = sum + span
    }

    /// Fine resolution around the targets: a median of 0.2 ms and a 99th percentile of 1 ms.
    package nonisolated static let latencyBounds: [Nanoseconds] = [
        10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1_000, 2_000, 5_000, 10_000, 50_000, 250_000, 1_000_000,
    ].map { .microseconds($0) }
}

/// All metrics served at `/metrics`.
@ReactorActor
package final class MetricsRegistry {
    package typealias Labels = KeyValuePairs<String, String>

    private enum Reading {
        case counter(Counter)
        case histogram(Histogram)
        /// Evaluated when the metrics are read.
        case gauge(() -> Double)
        case computedCounter(() -> UInt64)
        case computedSeconds(() -> Double)
    }

    private struct Family {
        let name: String
        let header: [UInt8]
        var series: [Series] = []

        init(_ name: String, _ help: String, _ type: String) {
            self.name = name
            header = Array("# HELP \(name) \(help)\n# TYPE \(name) \(type)\n".utf8)
        }
    }

    private struct Series {
        let labels: String
        let reading: Reading
        /// What stands before the value; for a histogram before a bucket's bound, before its sum and before its count.
        let starts: [[UInt8]]

        init(_ name: String, _ labels: String, _ reading: Reading) {
            self.labels = labels
            self.reading = reading
            let braces = labels.isEmpty ? "" : "{\(labels)}"
            if case .histogram = reading {
                let bucket = "\(name)_bucket{\(labels)\(labels.isEmpty ? "" : ",")le=\""
                starts = [bucket, "\(name)_sum\(braces) ", "\(name)_count\(braces) "].map { Array($0.utf8) }
            } else {
                starts = [Array("\(name)\(braces) ".utf8)]
            }
        }
    }

    private var families: [Family] = []
    /// The size of the last exposition, as an estimate for the next one.
    private var expectedSize = 0

    package init() {}

    /// The counter with this name and these labels, created at the first call.
    package func counter(_ name: String, _ help: String, _ labels: Labels = [:]) -> Counter {
        let text = Self.text(labels)
        if let family = families.first(where: { $0.name == name }),
            case .counter(let counter)? = family.series.first(where: { $0.labels == text })?.reading
        {
            return counter
        }
        let counter = Counter()
        add(name, help, "counter", text, .counter(counter))
        return counter
    }

    package func counter(_ name: String, _ help: String, _ labels: Labels = [:], read: @escaping () -> UInt64) {
        add(name, help, "counter", Self.text(labels), .computedCounter(read))
    }

    /// A counter of seconds.
    package func seconds(_ name: String, _ help: String, read: @escaping () -> Double) {
        add(name, help, "counter", "", .computedSeconds(read))
    }

    package func histogram(_ name: String, _ help: String, _ labels: Labels = [:]) -> Histogram {
        let histogram = Histogram()
        add(name, help, "histogram", Self.text(labels), .histogram(histogram))
        return histogram
    }

    package func gauge(_ name: String, _ help: String, _ labels: Labels = [:], read: @escaping () -> Double) {
        add(name, help, "gauge", Self.text(labels), .gauge(read))
    }

    /// The gauges of a family, by the value of their only label.
    package func gauges(_ name: String, by label: String) -> [(label: String, value: Double)] {
        let series = families.first { $0.name == name }?.series ?? []
        return series.compactMap { series in
            guard case .gauge(let read) = series.reading, series.labels.hasPrefix("\(label)=\"") else { return nil }
            return (String(series.labels.dropFirst(label.count + 2).dropLast()), read())
        }
    }

    private func add(_ name: String, _ help: String, _ type: String, _ labels: String, _ reading: Reading) {
        let index = families.firstIndex { $0.name == name } ?? families.count
        if index == families.count { families.append(Family(name, help, type)) }
        families[index].series.append(Series(name, labels, reading))
    }

    private static func text(_ labels: Labels) -> String {
        labels.map { "\($0.key)=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }
}

/// The Prometheus text format, version 0.0.4.
extension MetricsRegistry {
    package nonisolated static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// All metrics as UTF-8.
    package func exposition() -> [UInt8] {
        var text = MetricsText(reserving: expectedSize)
        for family in families {
            text.append(family.header)
            for series in family.series {
                switch series.reading {
                case .counter(let counter): text.append(series.starts[0], counter.value)
                case .computedCounter(let read): text.append(series.starts[0], read())
                case .computedSeconds(let read), .gauge(let read): text.append(series.starts[0], read())
                case .histogram(let histogram): text.append(series.starts, histogram)
                }
            }
        }
        expectedSize = text.bytes.count
        return text.bytes
    }
}

/// Lines of the format. Only values are converted, because a scrape has a thousand lines.
private struct MetricsText {
    private(set) var bytes: [UInt8] = []

    init(reserving capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    mutating func append(_ text: [UInt8]) {
        bytes += text
    }

    mutating func append(_ start: [UInt8], _ value: UInt64) {
        bytes += start
        bytes += String(value).utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func append(_ start: [UInt8], _ value: Double) {
        bytes += start
        bytes += Self.number(value).utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    @ReactorActor
    mutating func append(_ starts: [[UInt8]], _ histogram: Histogram) {
        var total: UInt64 = 0
        for (bound, count) in zip(histogram.boundTexts, histogram.counts) {
            total += count
            bytes += starts[0]
            append(bound, total)
        }
        append(starts[1], histogram.sum.inSeconds)
        append(starts[2], total)
    }

    /// Integers without a fraction, as usual for counts.
    static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return "\(whole)" }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return "\(value)"
    }
}
