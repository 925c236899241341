import Clocks
import Metrics
import Reactor
import Testing

@Suite("Metrics exposition") @ReactorActor
struct MetricsRegistryTests {
    let registry = MetricsRegistry()

    @Test("families are grouped, labels are escaped, and the same name and labels give the same counter")
    func counters() {
        registry.counter("x_total", "How many.", ["reason": "a\"b\\c\nd"]).add(3)
        registry.gauge("y", "Now.") { 1.5 }
        registry.counter("x_total", "How many.", ["reason": "other"]).add()
        registry.counter("x_total", "How many.", ["reason": "other"]).add()
        #expect(
            String(decoding: registry.exposition(), as: UTF8.self) == """
                # HELP x_total How many.
                # TYPE x_total counter
                x_total{reason="a\\"b\\\\c\\nd"} 3
                x_total{reason="other"} 2
                # HELP y Now.
                # TYPE y gauge
                y 1.5

                """)
    }

    @Test("the gauges of a family can be read by their label")
    func gauges() {
        registry.gauge("clients", "Now.", ["surface": "live"]) { 2 }
        registry.gauge("clients", "Now.", ["surface": "heart"]) { 0 }
        registry.gauge("clients", "Now.", ["port": "8000"]) { 7 }
        let gauges = registry.gauges("clients", by: "surface")
        #expect(gauges.map(\.label) == ["live", "heart"])
        #expect(gauges.map(\.value) == [2, 0])
        #expect(registry.gauges("missing", by: "surface").isEmpty)
    }

    @Test("a histogram's buckets are cumulative, and include their bound")
    func histogram() {
        let histogram = Histogram(bounds: [.milliseconds(1), .milliseconds(2)])
        for span in [Nanoseconds.milliseconds(1), .milliseconds(2), .milliseconds(3)] { histogram.observe(span) }
        #expect(histogram.counts == [1, 1, 1])
        #expect(histogram.sum == .milliseconds(6))
        let shown = registry.histogram("t_seconds", "Time.", ["kind": "a"])
        shown.observe(.milliseconds(3))
        let text = String(decoding: registry.exposition(), as: UTF8.self)
        #expect(text.contains("t_seconds_bucket{kind=\"a\",le=\"0.002\"} 0\n"))
        #expect(text.contains("t_seconds_bucket{kind=\"a\",le=\"0.005\"} 1\n"))
        #expect(text.contains("t_seconds_bucket{kind=\"a\",le=\"+Inf\"} 1\n"))
        #expect(text.contains("t_seconds_sum{kind=\"a\"} 0.003\n"))
        #expect(text.contains("t_seconds_count{kind=\"a\"} 1\n"))
    }
}
