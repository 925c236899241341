import Clocks
import Reactor
import Testing

@testable import VirtualDevices

@Suite("Real-time playback") @ReactorActor
struct VirtualDevicePlayerTests {
    /// Delivers the number of each second, `count` times.
    private struct SecondsSource: DeliverySource {
        var count: Int64
        var second: Int64 = 0

        mutating func next() -> VirtualDelivery? {
            guard second < count else { return nil }
            second += 1
            return VirtualDelivery(.seconds(second), [UInt8(second)])
        }
    }

    private final class Listener {
        var deliveryTimes: [Nanoseconds] = []
        var hasEnded = false
    }

    private let timers = TimerQueue(now: MonotonicTime(nanoseconds: 1_000))
    private let listener = Listener()

    private func player(count: Int64, until end: Nanoseconds?) -> VirtualDevicePlayer {
        let (timers, listener) = (timers, listener)
        let start = timers.now
        return VirtualDevicePlayer(
            SecondsSource(count: count), until: end, timers: timers,
            onDelivery: { _ in listener.deliveryTimes.append(timers.now - start) },
            onEnd: { listener.hasEnded = true })
    }

    private func advance(by span: Nanoseconds) {
        let end = timers.now + span
        while timers.now < end { timers.advance(to: timers.now + .milliseconds(250)) }
    }

    @Test("deliveries arrive at their times, and the end is reported")
    func pace() {
        player(count: 3, until: nil).play()
        advance(by: .milliseconds(2_500))
        #expect(listener.deliveryTimes == [.seconds(1), .seconds(2)])
        #expect(!listener.hasEnded)
        advance(by: .seconds(1))
        #expect(listener.deliveryTimes.count == 3)
        #expect(listener.hasEnded)
    }

    @Test("playback ends at the given time")
    func end() {
        player(count: 100, until: .milliseconds(2_500)).play()
        advance(by: .milliseconds(2_250))
        #expect(!listener.hasEnded)
        advance(by: .milliseconds(250))
        #expect(listener.hasEnded)
        advance(by: .seconds(5))
        #expect(listener.deliveryTimes == [.seconds(1), .seconds(2)])
    }

    @Test("stopping ends deliveries")
    func stop() {
        let player = player(count: 100, until: nil)
        player.play()
        advance(by: .milliseconds(1_250))
        player.stop()
        advance(by: .seconds(5))
        #expect(listener.deliveryTimes == [.seconds(1)])
        #expect(timers.count == 0)
    }
}

@Suite("Delivery formats") struct DeliveryFormatTests {
    private func text(_ notation: DeliveryFormat) -> String {
        var text: [UInt8] = []
        notation.write(VirtualDelivery(.milliseconds(1_005), Array("{:\u{7F}".utf8)), to: &text)
        notation.write(VirtualDelivery(linkLostAt: .seconds(70)), to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    @Test("hex lines contain the time, raw formats do not")
    func formats() {
        #expect(text(.hexLines) == "7b 3a 7f  # 1.005 s\n# 70.000 s: the link is lost\n")
        #expect(text(.bytes) == "{:\u{7F}")
        #expect(text(.textLines) == "{:\u{7F}\n")
    }
}
