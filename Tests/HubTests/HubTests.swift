import Clocks
import Devices
import Events
import Hub
import Reactor
import Testing

@Suite("Hub") @ReactorActor
struct HubTests {
    @Test("ids continue after the last stored one, and every subscriber receives every event once, in order")
    func order() {
        let hub = Hub(latestID: 41)
        var first: [UInt64] = []
        var second: [UInt64] = []
        _ = hub.subscribe { first.append($0.stamp.id) }
        let leaving = hub.subscribe { second.append($0.stamp.id) }
        for _ in 0..<2 { hub.publish(.device(.example), at: .example) }
        hub.unsubscribe(leaving)
        hub.publish(.device(.example), at: .example)
        #expect(first == [42, 43, 44])
        #expect(second == [42, 43])
        #expect(hub.publishedCount(.device) == 3)
    }

    @Test("an event published by a subscriber follows the current one, for all subscribers")
    func reentrancy() {
        let hub = Hub()
        var before: [UInt64] = []
        var after: [UInt64] = []
        _ = hub.subscribe { before.append($0.stamp.id) }
        _ = hub.subscribe { if $0.stamp.id < 3 { hub.publish(.device(.example), at: .example) } }
        _ = hub.subscribe { after.append($0.stamp.id) }
        hub.publish(.device(.example), at: .example)
        #expect(before == [1, 2, 3])
        #expect(after == [1, 2, 3])
    }

    @Test("a subscriber receives the kinds that it subscribed to")
    func kinds() {
        let hub = Hub()
        var received: [EventKind] = []
        let subscription = hub.subscribe(to: [.device, .adapter]) { received.append($0.body.kind) }
        let adapter = EventBody.adapter(AdapterEvent(adapter: "hci0", change: .ready))
        let heartBeat = EventBody.heartBeat(
            HeartBeatEvent(
                user: nil, device: DeviceID("a"), family: .esp32Heart, beatsPerMinute: 60, interval: nil,
                isPlausible: true))
        for body in [.device(.example), heartBeat, adapter] { hub.publish(body, at: .example) }
        hub.unsubscribe(subscription)
        hub.publish(.device(.example), at: .example)
        #expect(received == [.device, .adapter])
    }

    @Test("the stamp carries the arrival time of the bytes")
    func stamp() {
        let stamp = Hub().publish(.device(.example), at: .example)
        #expect(stamp.received == Moment.example.monotonic && stamp.wall == Moment.example.wall)
    }
}

extension Moment {
    fileprivate static let example = Self(
        monotonic: MonotonicTime(nanoseconds: 7), wall: WallTime(nanoseconds: 1_000_000_000))
}

extension DeviceEvent {
    fileprivate static let example = Self(device: DeviceID("a"), family: .bt50, name: nil, change: .connected)
}
