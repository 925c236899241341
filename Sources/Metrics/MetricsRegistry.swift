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
    /// The bounds in seconds, for one bucket each.
    fileprivate let boundTexts: [String]
    /// One more than there are bounds: the last one counts durations above all bounds.
    package private(set) var counts: [UInt64]
    package private(set) var sum: Nanoseconds = .zero

    package init(bounds: [Nanoseconds] = Histogram.latencyBounds) {
        self.bounds = bounds
        boundTexts = bounds == Self.latencyBounds ? Self.latencyTexts : Self.texts(of: bounds)
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    private nonisolated static let latencyTexts = texts(of: latencyBounds)

    private nonisolated static func texts(of bounds: [Nanoseconds]) -> [String] {
        bounds.map { MetricsText.number($0.inSeconds) } + ["+Inf"]
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
        let help: String
        let type: String
        var series: [(labels: String, reading: Reading)] = []
    }

    private var families: [Family] = []

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
        if let index = families.firstIndex(where: { $0.name == name }) {
            families[index].series.append((labels, reading))
        } else {
            families.append(Family(name: name, help: help, type: type, series: [(labels, reading)]))
        }
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
        var text = MetricsText()
        for family in families {
            text.append("# HELP ", family.name, " ", family.help, "\n# TYPE ", family.name, " ", family.type, "\n")
            for (labels, reading) in family.series {
                switch reading {
                case .counter(let counter): text.append(family.name, labels, counter.value)
                case .computedCounter(let read): text.append(family.name, labels, read())
                case .computedSeconds(let read): text.append(family.name, labels, read())
                case .gauge(let read): text.append(family.name, labels, read())
                case .histogram(let histogram): text.append(family.name, labels, histogram)
                }
            }
        }
        return text.bytes
    }
}

/// Lines of the format. Bytes are appended, because to join strings costs several times as much, and a scrape has a thousand
/// lines.
private struct MetricsText {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ parts: String...) {
        for part in parts { bytes.append(contentsOf: part.utf8) }
    }

    mutating func append(_ name: String, suffix: String = "", _ labels: String, bound: String? = nil, _ value: UInt64) {
        begin(name, suffix, labels, bound)
        append(value)
        append("\n")
    }

    mutating func append(_ name: String, suffix: String = "", _ labels: String, _ value: Double) {
        begin(name, suffix, labels, nil)
        append(Self.number(value), "\n")
    }

    @ReactorActor
    mutating func append(_ name: String, _ labels: String, _ histogram: Histogram) {
        var total: UInt64 = 0
        for (bound, count) in zip(histogram.boundTexts, histogram.counts) {
            total += count
            append(name, suffix: "_bucket", labels, bound: bound, total)
        }
        append(name, suffix: "_sum", labels, histogram.sum.inSeconds)
        append(name, suffix: "_count", labels, total)
    }

    /// Everything before the value.
    private mutating func begin(_ name: String, _ suffix: String, _ labels: String, _ bound: String?) {
        append(name, suffix)
        if !labels.isEmpty || bound != nil {
            append("{", labels)
            if let bound { append(labels.isEmpty ? "le=\"" : ",le=\"", bound, "\"") }
            append("}")
        }
        append(" ")
    }

    private mutating func append(_ value: UInt64) {
        let start = bytes.count
        var rest = value
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// Integers without a fraction, as usual for counts.
    static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return "\(whole)" }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return "\(value)"
    }
}
