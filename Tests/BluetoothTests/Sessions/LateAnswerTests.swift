import Bluetooth
import CLinux
import Clocks
import Devices
import Reactor
import Testing

/// A device that a test plays by hand: answers come when it wants, or not at all.
@Suite("Answers that come late") @ReactorActor
struct LateAnswerTests {
    private let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))

    private func advance(to seconds: Double) async {
        timers.advance(to: MonotonicTime(nanoseconds: Int64(seconds * 1e9)))
        await runLoopBriefly()
    }

    /// The packets of a strap with nothing but heart rates, each in answer to one of ours.
    private static let answers = [
        "11 06 0100 0400 0d18", "01 10 0500 0a", "09 07 0200 10 0300 372a", "01 08 0300 0a", "05 01 0400 0229", "13",
    ]

    @Test("whoever is not set up in twenty seconds is given up, at whatever step it stopped", arguments: 0..<6)
    func setup(steps: Int) async throws {
        let pair = try PacketPair()
        var said: [HeartStrapSession.Output] = []
        var losses: [LinkError] = []
        let link = SessionLink(
            HeartStrapSession(), over: ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), timers: timers,
            onOutput: { said.append($0) }, onClose: { losses.append($0) })
        link.open()
        for answer in Self.answers.prefix(steps) {
            #expect(pair.receivePacket() != nil)
            pair.sendPacket(hex(answer))
            await runLoopBriefly()
        }
        await advance(to: 19.9)
        #expect(losses.isEmpty && said.isEmpty)
        await advance(to: 20)
        #expect(said == [.sessionEvent(.ended(.setupTooSlow))] && losses == [.closed])
        await advance(to: 99)
        #expect(losses.count == 1 && timers.count == 0)
    }

    @Test("answers that are only slow are as good as quick ones")
    func slow() async throws {
        let pair = try PacketPair()
        var said: [HeartStrapSession.Output] = []
        let link = SessionLink(
            HeartStrapSession(), over: ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), timers: timers,
            onOutput: { said.append($0) }, onClose: { _ in })
        link.open()
        for (index, answer) in Self.answers.enumerated() {
            await advance(to: Double(index) * 3)
            pair.sendPacket(hex(answer))
            await runLoopBriefly()
        }
        #expect(said == [.sessionEvent(.ready(mtu: 23))])
        link.close()
    }

    @Test("a timer that never answers a command is given up after thirty seconds")
    func unanswered() async throws {
        let pair = try PacketPair()
        var said: [AMGSession.Output] = []
        var losses: [LinkError] = []
        let link = SessionLink(
            AMGSession(), over: ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), timers: timers,
            onOutput: { said.append($0) }, onClose: { losses.append($0) })
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
        #expect(said == [.sessionEvent(.ready(mtu: 23))])
        // The first question has gone out, and nobody confirms it.
        while pair.receivePacket() != nil {}
        for second in stride(from: 1.0, to: 30, by: 1) { await advance(to: second) }
        #expect(losses.isEmpty && pair.receivePacket() == nil)
        await advance(to: 30)
        #expect(said.last == .sessionEvent(.ended(.unanswered)) && losses == [.closed])
    }
}
