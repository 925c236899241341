import Bluetooth
import Clocks
import Testing

/// A reference to a client, because an expectation cannot mutate a value.
private final class Channel {
    private var client: ATTClient

    init(ownMTU: UInt16 = ATTClient.maximumMTU) {
        client = ATTClient(ownMTU: ownMTU)
    }

    var mtu: UInt16 { client.mtu }
    var ownMTU: UInt16 { client.ownMTU }
    var deadline: MonotonicTime? { client.deadline }
    var isDead: Bool { client.isClosed }

    @discardableResult
    func submit(_ request: ATTRequest) throws -> ATTClient.Ticket { try client.submit(request) }
    func nextPacket(at now: MonotonicTime) -> [UInt8]? { client.nextPacket(at: now) }
    func advance(to now: MonotonicTime) -> Bool { client.advance(to: now) }
    func receive(_ bytes: ArraySlice<UInt8>) -> ATTClient.Event { client.receive(bytes) }
}

@Suite("ATT client") struct ATTClientTests {
    let start = MonotonicTime(nanoseconds: 1_000)

    @Test("sends one request at a time, in order, and commands in between")
    func oneAtATime() throws {
        let client = Channel()
        let first = try client.submit(.read(1))
        try client.submit(.writeCommand(9, [1]))
        let second = try client.submit(.read(2))
        #expect(client.nextPacket(at: start) == hex("0a0100"))
        #expect(client.nextPacket(at: start) == hex("52090001"))
        #expect(client.nextPacket(at: start) == nil)
        #expect(client.receive(hex("0b aa")[...]) == .answered(first, .success(.value([0xAA]))))
        #expect(client.nextPacket(at: start) == hex("0a0200"))
        let error = ATTErrorResponse(request: 0x0A, handle: 2, code: .readNotPermitted)
        #expect(client.receive(hex("01 0a 0200 02")[...]) == .answered(second, .failure(.errorResponse(error))))
        #expect(client.nextPacket(at: start) == nil && client.deadline == nil)
    }

    @Test(
        "uses the smaller MTU, whichever side starts the exchange",
        arguments: [
            (247 as UInt16, 517 as UInt16, 247 as UInt16), (517, 247, 247), (517, 23, 23), (23, 517, 23), (1, 100, 23),
            (0xFFFF, 0xFFFF, 517),
        ])
    func mtu(own: UInt16, other: UInt16, expected: UInt16) throws {
        let bytes = [UInt8(truncatingIfNeeded: other), UInt8(other >> 8)]
        let asking = Channel(ownMTU: own)
        try asking.submit(.exchangeMTU(asking.ownMTU))
        #expect(asking.mtu == 23)
        _ = asking.nextPacket(at: start)
        _ = asking.receive(([3] + bytes)[...])
        #expect(asking.mtu == expected)
        let asked = Channel(ownMTU: own)
        #expect(asked.receive(([2] + bytes)[...]) == .replied)
        #expect(asked.mtu == expected)
        #expect(asked.nextPacket(at: start) == [3, UInt8(truncatingIfNeeded: asked.ownMTU), UInt8(asked.ownMTU >> 8)])
    }

    @Test("closes the channel when a response takes longer than exactly 30 s")
    func timeout() throws {
        let client = Channel()
        let late = try client.submit(.read(1))
        try client.submit(.read(2))
        #expect(client.deadline == nil)
        _ = client.nextPacket(at: start)
        #expect(client.deadline == start + .seconds(30))
        #expect(!client.advance(to: start + .seconds(30) - Nanoseconds(1)))
        #expect(client.advance(to: start + .seconds(30)))
        #expect(client.isDead && client.deadline == nil)
        #expect(!client.advance(to: start + .seconds(60)))
        #expect(client.nextPacket(at: start) == nil)
        #expect(client.receive(hex("0b aa")[...]) == .rejected(ATTPacketError(.dead, opcode: 0x0B)))
        #expect(client.receive([]) == .rejected(ATTPacketError(.dead, opcode: 0)))
        #expect(throws: ATTClient.RequestError.closed) { try client.submit(.read(3)) }
        _ = late
    }

    @Test("keeps the channel open after a timely response")
    func answeredInTime() throws {
        let client = Channel()
        try client.submit(.read(1))
        _ = client.nextPacket(at: start)
        _ = client.receive(hex("0b")[...])
        #expect(!client.advance(to: start + .seconds(1_000)))
        #expect(!client.isDead)
    }

    @Test("rejects unsolicited responses and still accepts the right one")
    func unsolicited() throws {
        let client = Channel()
        #expect(client.receive(hex("0b 01")[...]) == .rejected(ATTPacketError(.unsolicited, opcode: 0x0B)))
        #expect(client.receive(hex("01 0a 0100 01")[...]) == .rejected(ATTPacketError(.unsolicited, opcode: 0x01)))
        let ticket = try client.submit(.read(1))
        // Not sent yet, so no response is expected.
        #expect(client.receive(hex("0b 01")[...]) == .rejected(ATTPacketError(.unsolicited, opcode: 0x0B)))
        _ = client.nextPacket(at: start)
        #expect(client.receive(hex("13")[...]) == .rejected(ATTPacketError(.unsolicited, opcode: 0x13)))
        #expect(client.receive(hex("01 12 0100 01")[...]) == .rejected(ATTPacketError(.unsolicited, opcode: 0x01)))
        #expect(client.receive(hex("0b 02")[...]) == .answered(ticket, .success(.value([2]))))
    }

    @Test("fails the request on an invalid response, but not on other invalid packets")
    func malformedAnswer() throws {
        let client = Channel()
        let ticket = try client.submit(.findInformation(1...2))
        _ = client.nextPacket(at: start)
        #expect(client.receive(hex("09 00")[...]) == .rejected(ATTPacketError(.length, opcode: 0x09)))
        #expect(client.receive(hex("01 04")[...]) == .rejected(ATTPacketError(.length, opcode: 0x01)))
        let error = ATTPacketError(.length, opcode: 0x05)
        #expect(client.receive(hex("05 01 04")[...]) == .answered(ticket, .failure(.malformed(error))))
        #expect(client.deadline == nil && !client.isDead)
    }

    @Test("delivers single and multiple notifications, and confirms indications")
    func values() {
        let client = Channel()
        let one = ATTAttribute(handle: 3, value: [0xAA])
        #expect(client.receive(hex("1b 0300 aa")[...]) == .notified(one))
        #expect(client.receive(hex("23 0300 0100 aa 0300 0100 aa")[...]) == .multipleNotified([one, one]))
        #expect(client.nextPacket(at: start) == nil)
        #expect(client.receive(hex("1d 0300 aa")[...]) == .indicated(one))
        #expect(client.nextPacket(at: start) == hex("1e"))
        #expect(client.nextPacket(at: start) == nil)
    }

    @Test("answers requests of the device with an error, even while one is pending")
    func serverRequests() throws {
        let client = Channel()
        try client.submit(.read(1))
        _ = client.nextPacket(at: start)
        for opcode in ["04 0100 ffff", "06", "08", "0a 0100", "0c", "0e", "10", "12", "16", "18", "20", "30"] {
            #expect(client.receive(hex(opcode)[...]) == .replied)
            #expect(client.nextPacket(at: start) == hex("01 \(opcode.prefix(2)) 0000 06"))
        }
    }

    @Test("rejects a flood of requests")
    func flood() {
        let client = Channel()
        for _ in 0..<ATTClient.maximumReplies { #expect(client.receive(hex("1d 0300 aa")[...]) != .replied) }
        #expect(client.receive(hex("1d 0300 aa")[...]) == .rejected(ATTPacketError(.flood, opcode: 0x1D)))
        #expect(client.receive(hex("0a 0100")[...]) == .rejected(ATTPacketError(.flood, opcode: 0x0A)))
        #expect(client.receive(hex("02 f700")[...]) == .rejected(ATTPacketError(.flood, opcode: 0x02)))
        #expect(client.mtu == 23)
        for _ in 0..<ATTClient.maximumReplies { #expect(client.nextPacket(at: start) == hex("1e")) }
        #expect(client.nextPacket(at: start) == nil)
        #expect(client.receive(hex("0a 0100")[...]) == .replied)
    }

    @Test("rejects a request when the queue is full")
    func capacity() throws {
        let client = Channel()
        for handle in 1...UInt16(ATTClient.capacity) { try client.submit(.read(handle)) }
        #expect(throws: ATTClient.RequestError.queueFull) { try client.submit(.read(99)) }
        _ = client.nextPacket(at: start)
        try client.submit(.read(99))
    }
}
