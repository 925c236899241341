import Bluetooth
import Clocks
import Devices
import Events
import Testing

/// Drives a timer packet by packet, in ways that the virtual timer does not cover.
@Suite("AMG Commander session, edge cases") struct AMGSessionEdgeCaseTests {
    private var session = AMGSession()
    private var said: [AMGSession.Output] = []
    private var sent: [(time: MonotonicTime, packet: [UInt8])] = []
    private var now = MonotonicTime(nanoseconds: 0)

    /// Its command characteristic only supports writes without response.
    private static let setup = [
        "11 14 0400 0900 9ecadc240ee5a9e093f3a3b50100406e", "01 10 0a00 0a",
        "09 15 0500 04 0600 9ecadc240ee5a9e093f3a3b50200406e",
        "09 15 0700 10 0800 9ecadc240ee5a9e093f3a3b50300406e", "01 08 0800 0a", "05 01 0900 0229", "13",
    ]

    init() {
        session.linkOpened(at: now)
        for answer in Self.setup {
            flush()
            session.receive(hex(answer)[...], at: now) { said.append($0) }
        }
        flush()
    }

    private mutating func flush() {
        session.advance(to: now) { said.append($0) }
        while let packet = session.nextPacket(at: now, { said.append($0) }) { sent.append((now, packet)) }
    }

    private mutating func notify(_ value: String) {
        session.receive(hex("1b0800" + value)[...], at: now) { said.append($0) }
        flush()
    }

    private mutating func wait(_ span: Nanoseconds) {
        let end = now + span
        while let deadline = session.deadline, deadline <= end {
            now = max(now, deadline)
            flush()
        }
        now = end
    }

    private var actions: [TimerEvent.Action] {
        said.compactMap { if case .action(let action, _, _, _) = $0 { action } else { nil } }
    }

    @Test("requests a missing list three times, then reports it as unanswered")
    mutating func missingList() {
        // The second of two shots was lost.
        for push in ["0105000000000000000000000001", "0103010100e500e500e500e50001", "0108020201fe011900e501fe0001"] {
            notify(push)
        }
        wait(.seconds(20))
        let question = [0x52, 6, 0] + Array("REQ STRING HEX".utf8)
        let asked = sent.filter { $0.packet == question }.map { $0.time.nanoseconds / 1_000_000 }
        #expect(asked == [250, 2_250, 4_250])
        #expect(said.filter { $0 == .unanswered(.requestString) }.count == 1)
    }

    @Test(
        "reports shots from a screen with an unknown state, and allows settings"
    )
    mutating func unknownState() throws {
        notify("010100000000000000000000")
        wait(.seconds(5))
        notify("010101010074007400740074")
        #expect(session.pushState == .off)
        wait(.seconds(1))
        notify("0101020200ab0037007400ab")
        wait(.seconds(1))
        notify("0101020200ab0037007400ab")
        // Another, faster string.
        wait(.seconds(1))
        notify("010101010032003200320032")
        let times = actions.compactMap { if case .shot(let shot) = $0 { shot.time } else { nil } }
        #expect(times == [.milliseconds(1_160), .milliseconds(1_710), .milliseconds(500)])
        #expect(actions.filter { $0 == .started }.count == 2)
        try session.perform(.timer(.setPreset(2)))
    }

    @Test("ignores repeated pushes and invalid shot numbers")
    mutating func duplicates() {
        notify("0105000000000000000000000001")
        for _ in 0..<3 { notify("0103010100e500e500e500e50001") }
        notify("0103000000e500e500e500e50001")
        for _ in 0..<3 { notify("0108010100e500e500e500e50001") }
        #expect(actions.count == 3)
    }

    @Test("reports a missed start")
    mutating func missedBeginning() {
        notify("0103030300aa0018003b00aa0007")
        #expect(actions.first == .started && actions.count == 2)
        notify("0108030300aa0018003b00aa0007")
        wait(.milliseconds(250))
        notify("0a03003b009200aa")
        let numbers = actions.compactMap { if case .shot(let shot) = $0 { shot.number } else { nil } }
        #expect(numbers == [3, 1, 2])
    }

    @Test("sends commands at least 100 ms apart")
    mutating func pacing() throws {
        sent.removeAll()
        wait(.milliseconds(200))
        for command in [AMGCommand.start, .setPreset(1), .requestSettings, .stop] {
            try session.perform(.timer(command))
        }
        flush()
        wait(.milliseconds(350))
        let times = sent.map(\.time.nanoseconds)
        #expect(times.count == 4)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= 100_000_000 })
    }
}
