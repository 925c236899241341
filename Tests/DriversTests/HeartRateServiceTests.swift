import Clocks
import Events
import Hub
import Metrics
import Reactor
import Signals
import Testing

@testable import Drivers

@Suite("Heart rate service on a simulated clock") @ReactorActor
struct HeartRateServiceTests {
    private let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
    private let hub = Hub()
    private let metrics = MetricsRegistry()
    private let service: HeartRateService
    private let recorded = RecordedEvents()

    init() {
        service = HeartRateService(
            hub: hub, smoothing: .standard,
            limits: HeartUsers.Limits(maximumUsers: 2, staleAfter: .seconds(10), forgetAfter: .seconds(60)),
            metrics: metrics, timers: timers)
        let recorded = recorded
        _ = hub.subscribe { event in
            if case .heartSilence(let silence) = event.body {
                recorded.silent.append("\(silence.user) \(silence.silence.count / 1_000_000_000)")
            } else {
                recorded.events.append(event.stamp.id)
            }
        }
    }

    @Test("a user is reported silent once, returns, and is reported silent again")
    func silence() {
        send(user: 1, at: 0)
        advance(to: 9)
        #expect(recorded.silent == [])
        advance(to: 10)
        advance(to: 30)
        #expect(recorded.silent == ["1 10"])
        send(user: 1, at: 31)
        advance(to: 41)
        #expect(recorded.silent == ["1 10", "1 10"])
    }

    @Test("a user who keeps sending is never reported silent")
    func alive() {
        for second in 0..<100 {
            advance(to: Int64(second))
            send(user: 1, at: Int64(second))
        }
        #expect(recorded.silent == [])
        #expect(timers.count == 1)
    }

    @Test("a user is removed, and the last one with the timer")
    func forgetting() {
        send(user: 1, at: 0)
        advance(to: 10)
        #expect(service.users.entries.count == 1)
        advance(to: 60)
        #expect(service.users.entries.isEmpty)
        #expect(timers.nextDeadline == nil)
    }

    @Test("rejected readings publish nothing and are counted by reason")
    func refusals() {
        send("{\"user\":1}", at: 0)
        send("not json", at: 0)
        send(user: 1, at: 0)
        send(user: 2, at: 0)
        send(user: 3, at: 0)
        #expect(recorded.events == [1, 2])
        let text = String(decoding: metrics.exposition(), as: UTF8.self)
        for line in [
            "leadville_heart_readings_total{transport=\"udp\"} 2",
            "leadville_heart_refused_total{reason=\"missing_bpm\"} 1",
            "leadville_heart_refused_total{reason=\"not_json\"} 1",
            "leadville_heart_refused_total{reason=\"too_many_users\"} 1",
            "leadville_heart_users 2",
        ] {
            #expect(text.contains(line + "\n"))
        }
    }

    @Test("new limits apply to existing users")
    func reload() {
        send(user: 1, at: 0)
        service.apply(
            smoothing: .standard,
            limits: HeartUsers.Limits(maximumUsers: 2, staleAfter: .seconds(3), forgetAfter: .seconds(60)))
        advance(to: 3)
        #expect(recorded.silent == ["1 3"])
    }

    private func send(user: Int, at second: Int64) {
        send("{\"user\":\(user),\"bpm\":70}", at: second)
    }

    private func send(_ text: String, at second: Int64) {
        let now = MonotonicTime(nanoseconds: second * 1_000_000_000)
        timers.advance(to: now)
        service.receive(
            Array(text.utf8), from: "127.0.0.1",
            at: Moment(monotonic: now, wall: WallTime(nanoseconds: now.nanoseconds)))
    }

    private func advance(to second: Int64) {
        timers.advance(to: MonotonicTime(nanoseconds: second * 1_000_000_000))
    }
}

@ReactorActor
private final class RecordedEvents {
    var silent: [String] = []
    var events: [UInt64] = []
}
