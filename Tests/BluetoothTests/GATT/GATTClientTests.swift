import Bluetooth
import Clocks
import Devices
import Testing
import VirtualDevices

@Suite("GATT client") struct GATTClientTests {
    private func run(
        _ operation: GATTOperation, mtu: String? = nil, _ lines: [(expected: String, answers: [String])]
    ) throws -> Result<GATTOutcome, GATTError>? {
        var client = GATTClient()
        if let mtu { client.receive(hex("02 \(mtu)")[...]) { _ in } }
        try client.start(operation)
        var peer = ScriptedPeer((mtu == nil ? [] : [("03 0502", [])]) + lines)
        return result(peer.play(with: &client))
    }

    @Test("negotiates the MTU, and keeps 23 if the device rejects the request")
    func mtu() throws {
        #expect(try run(.exchangeMTU, [("02 0502", ["03 f700"])]) == .success(.mtu(247)))
        let error = ATTErrorResponse(request: 2, handle: 0, code: .requestNotSupported)
        #expect(try run(.exchangeMTU, [("02 0502", ["01 02 0000 06"])]) == .failure(.att(.errorResponse(error))))
    }

    @Test("reads a short or empty value with one request")
    func shortRead() throws {
        #expect(try run(.read(3), [("0a 0300", ["0b 5c"])]) == .success(.value([0x5C])))
        #expect(try run(.read(3), [("0a 0300", ["0b"])]) == .success(.value([])))
    }

    @Test("reads a long value until a part is shorter or the device reports the end")
    func longRead() throws {
        let full = String(repeating: "aa", count: 22)
        let value = [UInt8](repeating: 0xAA, count: 22)
        let first = ("0a 0300", ["0b \(full)"])
        #expect(try run(.read(3), [first, ("0c 0300 1600", ["0d bb"])]) == .success(.value(value + [0xBB])))
        #expect(try run(.read(3), [first, ("0c 0300 1600", ["0d"])]) == .success(.value(value)))
        for code in ["07", "0b"] {
            #expect(try run(.read(3), [first, ("0c 0300 1600", ["01 0c 0300 \(code)"])]) == .success(.value(value)))
        }
        let error = ATTErrorResponse(request: 0x0C, handle: 3, code: .readNotPermitted)
        let rejected = try run(.read(3), [first, ("0c 0300 1600", ["01 0c 0300 02"])])
        #expect(rejected == .failure(.att(.errorResponse(error))))
        // In response to the first request it is an error.
        #expect(try run(.read(3), [("0a 0300", ["01 0a 0300 07"])]) != .success(.value([])))
    }

    @Test("limits a value to 512 bytes")
    func longestRead() throws {
        let full = String(repeating: "aa", count: 64)
        var lines: [(expected: String, answers: [String])] = [("0a 0300", ["0b \(full)"])]
        for part in 1..<8 {
            let offset = part * 64
            let digits = [UInt8(offset & 0xFF), UInt8(offset >> 8)].map {
                String(Int($0) + 0x100, radix: 16).dropFirst()
            }
            lines.append(("0c 0300 \(digits.joined())", ["0d \(full)"]))
        }
        let value = [UInt8](repeating: 0xAA, count: 512)
        #expect(try run(.read(3), mtu: "4100", lines) == .success(.value(value)))
        lines[7].answers = ["0d \(full)aa"]
        #expect(try run(.read(3), mtu: "4100", lines) == .failure(.limitExceeded))
    }

    @Test("waits for the response of a write, but not of a write without response")
    func writes() throws {
        #expect(try run(.write(5, [1, 2]), [("12 0500 0102", ["13"])]) == .success(.done))
        var client = GATTClient()
        let ticket = try client.start(.writeWithoutResponse(5, [1, 2]))
        var peer = ScriptedPeer([("52 0500 0102", [])])
        let events = peer.play(with: &client)
        #expect(ticket == nil && events.isEmpty)
    }

    @Test("rejects a value that does not fit into a packet")
    func tooLong() throws {
        var client = GATTClient()
        try client.start(.write(5, [UInt8](repeating: 0, count: 20)))
        for operation in [GATTOperation.write, GATTOperation.writeWithoutResponse] {
            #expect(throws: GATTError.valueTooLong(limit: 20)) {
                try client.start(operation(5, [UInt8](repeating: 0, count: 21)))
            }
        }
    }

    @Test("enables notifications, or indications if a characteristic only indicates")
    func subscribe() throws {
        var client = GATTClient()
        try client.start(.discover)
        var peer = ScriptedPeer([
            ("10 0100 ffff 0028", ["11 06 0100 0b00 0d18"]),
            ("10 0c00 ffff 0028", ["01 10 0c00 0a"]),
            ("08 0100 0b00 0328", ["09 07 0200 30 0300 372a 0500 20 0600 352a"]),
            ("08 0600 0b00 0328", ["09 07 0800 10 0900 362a 0a00 02 0b00 382a"]),
            ("08 0b00 0b00 0328", ["01 08 0b00 0a"]),
            ("04 0400 0400", ["05 01 0400 0229"]),
            ("04 0700 0700", ["05 01 0700 0229"]),
        ])
        guard case .success(.database(let database)) = result(peer.play(with: &client)) else {
            return #expect(Bool(false))
        }
        let characteristics = try #require(database.services.first).characteristics
        for (index, expected) in ["12 0400 0100", "12 0700 0200"].enumerated() {
            try client.start(.subscribe(characteristics[index]))
            var peer = ScriptedPeer([(expected, ["13"])])
            let outcome = result(peer.play(with: &client))
            #expect(outcome == .success(.done))
        }
        for characteristic in characteristics[2...] {
            #expect(throws: GATTError.notificationsUnsupported) { try client.start(.subscribe(characteristic)) }
        }
    }

    @Test("fails all operations once after a timeout, and rejects new ones")
    func timeout() throws {
        var client = GATTClient()
        let tickets = [try client.start(.read(1)), try client.start(.read(2))].compactMap(\.self)
        let now = MonotonicTime(nanoseconds: 0)
        _ = client.nextPacket(at: now) { _ in }
        var events: [GATTClient.Event] = []
        client.advance(to: now + .seconds(30)) { events.append($0) }
        client.advance(to: now + .seconds(99)) { events.append($0) }
        client.close { events.append($0) }
        let failure = Result<GATTOutcome, GATTError>.failure(.att(.closed))
        #expect(events == tickets.map { .finished($0, failure) } + [.timedOut])
        #expect(throws: GATTError.att(.closed)) { try client.start(.read(3)) }
        let packet = client.nextPacket(at: now) { _ in }
        #expect(client.isClosed && packet == nil)
    }

    @Test("rejects an operation when the queue is full")
    func capacity() throws {
        var client = GATTClient()
        for _ in 0..<GATTClient.capacity { try client.start(.read(1)) }
        #expect(throws: GATTError.queueFull) { try client.start(.read(1)) }
    }

    @Test("ends every operation with random responses")
    func randomResponses() throws {
        var random = SeededRandom(seed: 5)
        for _ in 0..<300 {
            var client = GATTClient()
            try client.start(.exchangeMTU)
            try client.start(.discover)
            try client.start(.read(3))
            var sent = 0
            var finished = 0
            let count: (GATTClient.Event) -> Void = { if case .finished = $0 { finished += 1 } }
            for _ in 0..<200 {
                while let packet = client.nextPacket(at: MonotonicTime(nanoseconds: 0), count) {
                    sent += 1
                    #expect(packet.count <= 517)
                }
                var bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                    UInt8.random(in: 0...20, using: &random)
                }
                if !bytes.isEmpty { bytes[0] |= 1 }
                client.receive(bytes[...], count)
            }
            #expect(sent <= 203 + 200)
            #expect(finished <= 3)
        }
    }
}
