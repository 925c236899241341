import Clocks
import Devices
import Events
import Testing

@testable import VirtualDevices

@Suite("Serial port of the virtual heart board") struct HeartBoardSerialOutputTests {
    private func items(of text: [UInt8]) -> (items: [HeartSerialItem], ignored: Int) {
        var decoder = HeartSerialDecoder()
        var items: [HeartSerialItem] = []
        decoder.feed(text[...], into: &items)
        return (items, decoder.ignoredLines)
    }

    @Test("prints what the decoder understands, and the very datagrams that it sends")
    func roundTrip() throws {
        var talker = VirtualHeartBoard(user: 2, seed: 9)
        var sender = VirtualHeartBoard(user: 2, seed: 9)
        let (items, ignored) = items(of: talker.serialText(until: .seconds(30)))
        #expect(ignored < 12)
        #expect(items.prefix(3) == [.status(.started(device: "2")), .status(.sensorFound), .status(.networkJoined)])
        let printed = items.compactMap { item -> HeartReading? in
            if case .reading(let reading) = item { reading } else { nil }
        }
        #expect(printed.count >= 28)
        for reading in printed { #expect(try reading == HeartReading(datagram: sender.nextDatagram().bytes[...])) }
        let beats = items.filter { if case .beat = $0 { true } else { false } }.count
        #expect((20...60).contains(beats))
        let contacts = items.filter { if case .contact(.good, _) = $0 { true } else { false } }.count
        #expect((2_000...3_000).contains(contacts))
    }

    @Test("tells of weak and missing contact, a lost network and a reboot")
    func faults() {
        let script = [
            ScheduledHeartBoardFault(.fingerLifted, at: .seconds(5), for: .seconds(5)),
            ScheduledHeartBoardFault(.dropOut, at: .seconds(15), for: .seconds(3)),
            ScheduledHeartBoardFault(.reboot, at: .seconds(25), for: .milliseconds(1)),
            ScheduledHeartBoardFault(.malformed(.truncated), at: .seconds(35), for: .seconds(2)),
        ]
        var board = VirtualHeartBoard(user: 1, seed: 9, script: script)
        let (items, _) = items(of: board.serialText(until: .seconds(40)))
        let contacts = items.compactMap { item -> HeartContact? in
            if case .contact(let contact, _) = item { contact } else { nil }
        }
        #expect(Set(contacts) == [.good, .weak, .none])
        #expect(items.filter { $0 == .status(.networkLost) }.count == 1)
        #expect(items.filter { $0 == .status(.started(device: "1")) }.count == 2)
        let refused = items.compactMap { item -> HeartSerialItem.Reject? in
            if case .rejected(let refusal) = item { refusal } else { nil }
        }
        #expect((1...3).contains(refused.count))
        #expect(refused.allSatisfy { $0.name == "reading:not_json" })
    }
}
