import Clocks
import Testing

@testable import MQTT

@Suite("MQTT mailbox") struct MQTTMailboxTests {
    private static func mailbox(messages: Int = 4, bytes: Int = 1_000, outgoing: Int = 3) throws -> MQTTMailbox {
        var limits = MQTTLimits()
        (limits.messages, limits.bytes) = (messages, bytes)
        (limits.outgoingMessages, limits.outgoingBytes) = (outgoing, 100)
        return try MQTTMailbox(limits)
    }

    private static func message(_ number: Int, _ quality: MQTTQuality, size: Int = 1) -> MQTTMessage {
        MQTTMessage("t", [UInt8](repeating: UInt8(number), count: size), quality: quality)
    }

    private static let moment = Moment(
        monotonic: MonotonicTime(nanoseconds: 7), wall: WallTime(nanoseconds: 8))

    @Test("wakes the reactor once for all messages that wait")
    func scheduling() throws {
        let mailbox = try Self.mailbox()
        let told = (0..<3).map { mailbox.receive(Self.message($0, .atLeastOnce), at: Self.moment) }
        #expect(told == [true, false, false])
        for number in 0..<3 {
            let (incoming, hasMore) = mailbox.fetch()
            #expect(incoming?.message == Self.message(number, .atLeastOnce))
            #expect(incoming?.arrived == Self.moment)
            #expect(hasMore == (number < 2))
        }
        let (nothing, hasMore) = mailbox.fetch()
        #expect(nothing == nil)
        #expect(!hasMore)
        let toldAgain = mailbox.receive(Self.message(9, .atLeastOnce), at: Self.moment)
        #expect(toldAgain)
    }

    @Test("drops and counts what may be lost when it is full, and keeps the rest")
    func full() throws {
        let mailbox = try Self.mailbox()
        for number in 0..<6 { _ = mailbox.receive(Self.message(number, .atMostOnce), at: Self.moment) }
        #expect(mailbox.counters.droppedIncoming == 2)
        _ = mailbox.receive(Self.message(7, .atLeastOnce), at: Self.moment)
        _ = mailbox.receive(Self.message(8, .exactlyOnce), at: Self.moment)
        #expect(mailbox.counters.droppedIncoming == 2)
        var numbers: [UInt8] = []
        while let incoming = mailbox.fetch().0 { numbers.append(incoming.message.payload[0]) }
        #expect(numbers == [0, 1, 2, 3, 7, 8])
    }

    @Test("has room again when the reactor has caught up", arguments: [true, false])
    func room(byBytes: Bool) throws {
        let mailbox = try Self.mailbox(messages: byBytes ? 100 : 4, bytes: byBytes ? 4 : 1_000)
        for number in 0..<4 {
            let hasRoom = mailbox.hasRoom()
            #expect(hasRoom)
            _ = mailbox.receive(Self.message(number, .atLeastOnce), at: Self.moment)
        }
        let isFull = !mailbox.hasRoom()
        #expect(isFull)
        _ = mailbox.fetch()
        let hasRoomAgain = mailbox.hasRoom()
        #expect(hasRoomAgain)
    }

    @Test("sends only over a connection, and limits what waits")
    func outgoing() throws {
        let mailbox = try Self.mailbox()
        let early = mailbox.send(Self.message(0, .atMostOnce))
        #expect(!early)
        mailbox.setConnected(true)
        let accepted = (0..<5).map { mailbox.send(Self.message($0, .atMostOnce)) }
        #expect(accepted == [true, true, true, false, false])
        #expect(mailbox.counters.droppedOutgoing == 2)
        #expect(mailbox.drainOutgoing().map(\.payload) == [[0], [1], [2]])
        let long = mailbox.send(Self.message(1, .atMostOnce, size: 100))
        #expect(!long)
        let fitting = mailbox.send(Self.message(1, .atMostOnce, size: 99))
        #expect(fitting)
        mailbox.setConnected(false)
        #expect(mailbox.drainOutgoing().isEmpty)
    }
}
