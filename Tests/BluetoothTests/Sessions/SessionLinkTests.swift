import Bluetooth
import CLinux
import Clocks
import Devices
import Events
import Reactor
import Testing
import VirtualDevices

/// Drives a device packet by packet, with late or missing responses.
@Suite("Late responses") @ReactorActor
struct LateResponseTests {
    private let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))

    private func advance(to seconds: Double) async {
        timers.advance(to: MonotonicTime(nanoseconds: Int64(seconds * 1e9)))
        await runLoopBriefly()
    }

    /// The responses of a strap with a heart-rate service only.
    private static let answers = [
        "11 06 0100 0400 0d18", "01 10 0500 0a", "09 07 0200 10 0300 372a", "01 08 0300 0a", "05 01 0400 0229", "13",
    ]

    @Test("ends after 20 s if the setup stops at any step", arguments: 0..<6)
    func setup(steps: Int) async throws {
        let pair = try PacketPair()
        var outputs: [HeartStrapSession.Output] = []
        var errors: [LinkError] = []
        let link = SessionLink(
            HeartStrapSession(), over: ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), timers: timers,
            onOutput: { outputs.append($0) }, onClose: { errors.append($0) })
        link.open()
        for answer in Self.answers.prefix(steps) {
            #expect(pair.receivePacket() != nil)
            pair.sendPacket(hex(answer))
            await runLoopBriefly()
        }
        await advance(to: 19.9)
        #expect(errors.isEmpty && outputs.isEmpty)
        await advance(to: 20)
        #expect(outputs == [.sessionEvent(.ended(.setupTooSlow))] && errors == [.closed])
        await advance(to: 99)
        #expect(errors.count == 1 && timers.count == 0)
    }

    @Test("accepts slow responses")
    func slow() async throws {
        let pair = try PacketPair()
        var outputs: [HeartStrapSession.Output] = []
        let link = SessionLink(
            HeartStrapSession(), over: ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), timers: timers,
            onOutput: { outputs.append($0) }, onClose: { _ in })
        link.open()
        for (index, answer) in Self.answers.enumerated() {
            await advance(to: Double(index) * 3)
            pair.sendPacket(hex(answer))
            await runLoopBriefly()
        }
        #expect(outputs == [.sessionEvent(.ready(mtu: 23))])
        link.close()
    }

    @Test("ends 30 s after a command without a response")
    func unanswered() async throws {
        let pair = try PacketPair()
        var outputs: [AMGSession.Output] = []
        var errors: [LinkError] = []
        let link = SessionLink(
            AMGSession(), over: ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), timers: timers,
            onOutput: { outputs.append($0) }, onClose: { errors.append($0) })
        link.open()
        let setup = [
            "11 14 0400 0900 9ecadc240ee5a9e093f3a3b50100406e", "01 10 0a00 0a",
            "09 15 0500 0c 0600 9ecadc240ee5a9e093f3a3b50200406e",
            "09 15 0700 10 0800 9ecadc240ee5a9e093f3a3b50300406e", "01 08 0800 0a", "05 01 0900 0229", "13",
        ]
        for answer in setup {
            pair.sendPacket(hex(answer))
            await runLoopBriefly()
        }
        #expect(outputs == [.sessionEvent(.ready(mtu: 23))])
        // The first command has been sent and is never confirmed.
        while pair.receivePacket() != nil {}
        for second in stride(from: 1.0, to: 30, by: 1) { await advance(to: second) }
        #expect(errors.isEmpty && pair.receivePacket() == nil)
        await advance(to: 30)
        #expect(outputs.last == .sessionEvent(.ended(.unanswered)) && errors == [.closed])
    }
}

@Suite("All devices at once") @ReactorActor
struct AllDevicesTests {
    @Test("receives everything from six sensors at 100 Hz, a timer and a strap")
    func allDevices() async throws {
        let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
        let string = RangeString.even(
            beep: .seconds(2), shots: 6, first: .milliseconds(1_500), split: .milliseconds(400), hitting: 0,
            after: .zero)
        let timer = try SessionTestBed(
            AMGSession(), VirtualAMGCommander(RangeScript([string]), seed: 1), timers: timers)
        let strap = try SessionTestBed(HeartStrapSession(), VirtualHeartStrap(seed: 2), timers: timers)
        let sensors = try (0..<6 as Range<UInt64>).map { seed in
            try SessionTestBed(BT50Session(), VirtualBT50(seed: seed), timers: timers)
        }
        for _ in 0..<40 { await runLoopBriefly() }
        let end = MonotonicTime(nanoseconds: 8_000_000_000)
        while let next = timers.nextDeadline, next <= end {
            timers.advance(to: next)
            for _ in 0..<8 { await Task.yield() }
        }
        for sensor in sensors {
            let samples = sensor.readings.count { if case .vibration = $0 { true } else { false } }
            // The rest is in transit, or was measured before the subscription.
            #expect(samples >= 780 && samples <= 800)
            #expect(sensor.link.session.counters.rejectCount == 0 && sensor.errors.isEmpty)
            #expect(sensor.outputs.contains { if case .sessionEvent(.battery) = $0.output { true } else { false } })
        }
        let shots = timer.outputs.compactMap { entry -> Nanoseconds? in
            guard case .action(.shot(let shot), string: _, .pushed, frame: _) = entry.output else { return nil }
            return shot.time
        }
        #expect(shots == string.shots && timer.errors.isEmpty)
        let rates = strap.outputs.count { if case .reading(.measurement) = $0.output { true } else { false } }
        #expect(rates >= 7 && strap.errors.isEmpty)
        timer.close()
        strap.close()
        for sensor in sensors { sensor.close() }
        #expect(timers.count == 0)
    }
}
