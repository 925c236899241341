import Bluetooth
import Devices
import Testing

@Suite("GATT discovery") struct GATTDiscoveryTests {
    private func discover(_ lines: [(expected: String, answers: [String])]) throws -> Result<GATTOutcome, GATTError>? {
        var client = GATTClient()
        try client.start(.discover)
        var peer = ScriptedPeer(lines)
        return result(peer.play(with: &client))
    }

    private func database(_ lines: [(expected: String, answers: [String])]) throws -> GATTDatabase {
        guard case .success(.database(let database)) = try discover(lines) else {
            throw ATTPacketError(.unsolicited, opcode: 0)
        }
        return database
    }

    @Test("finds services, characteristics and descriptors")
    func whole() throws {
        let database = try database([
            ("10 0100 ffff 0028", ["11 06 0100 0300 0018 0400 0a00 0f18"]),
            ("10 0b00 ffff 0028", ["11 14 0b00 1000 9ecadc240ee5a9e093f3a3b50100406e"]),
            ("10 1100 ffff 0028", ["01 10 1100 0a"]),
            ("08 0100 1000 0328", ["09 07 0200 02 0300 002a 0500 12 0600 192a"]),
            ("08 0600 1000 0328", ["09 15 0c00 10 0d00 9ecadc240ee5a9e093f3a3b50300406e"]),
            ("08 0d00 1000 0328", ["09 15 0f00 0c 1000 9ecadc240ee5a9e093f3a3b50200406e"]),
            ("08 1000 1000 0328", ["01 08 1000 0a"]),
            ("04 0700 0a00", ["05 01 0700 0229"]),
            ("04 0800 0a00", ["01 04 0800 0a"]),
            ("04 0e00 0e00", ["05 01 0e00 0229"]),
        ])
        #expect(database.services.map(\.uuid.short) == [0x1800, 0x180F, nil])
        #expect(database.services.map(\.characteristics.count) == [1, 1, 2])
        let battery = try #require(database.characteristic(BluetoothUUID(short: 0x2A19)))
        #expect(battery.properties == [.read, .notify] && battery.value == 6 && battery.configuration == 7)
        let service = BluetoothUUID(high: 0x6E40_0001_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
        let push = BluetoothUUID(high: 0x6E40_0003_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
        let command = BluetoothUUID(high: 0x6E40_0002_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
        #expect(database.characteristic(push, in: service)?.configuration == 14)
        #expect(database.characteristic(command)?.properties == [.write, .writeWithoutResponse])
        #expect(database.characteristic(command, in: BluetoothUUID(short: 0x180F)) == nil)
    }

    @Test("finds characteristics with a misspelt base UUID")
    func misspelt() throws {
        let database = try database([
            ("10 0100 ffff 0028", ["11 14 0100 ffff fb349a5f8000008000100000e5ff0000"]),
            ("08 0100 ffff 0328", ["09 15 0200 10 0300 fb349a5f8000008000100000e4ff0000"]),
            ("08 0300 ffff 0328", ["01 08 0300 0a"]),
            ("04 0400 ffff", ["05 01 0400 0229"]),
            ("04 0500 ffff", ["01 04 0500 0a"]),
        ])
        let found = database.characteristic(BluetoothUUID(short: 0xFFE4), in: BluetoothUUID(short: 0xFFE5))
        #expect(found?.configuration == 4)
    }

    @Test("stops if there are no services")
    func empty() throws {
        #expect(try database([("10 0100 ffff 0028", ["01 10 0100 0a"])]) == GATTDatabase())
    }

    @Test("stops at the last handle")
    func lastHandle() throws {
        let database = try database([
            ("10 0100 ffff 0028", ["11 06 0100 ffff 0d18"]),
            ("08 0100 ffff 0328", ["09 07 feff 10 ffff 372a"]),
            ("08 ffff ffff 0328", ["01 08 ffff 0a"]),
        ])
        #expect(database.characteristic(BluetoothUUID(short: 0x2A37))?.value == 0xFFFF)
    }

    @Test("drops characteristics outside of every service and values beyond their end")
    func misplaced() throws {
        let database = try database([
            ("10 0100 ffff 0028", ["11 06 0100 0300 0018 0800 0900 0118"]),
            ("10 0a00 ffff 0028", ["01 10 0a00 0a"]),
            ("08 0100 0900 0328", ["09 07 0200 02 0900 002a 0500 02 0600 012a 0800 02 0900 052a"]),
            ("08 0900 0900 0328", ["01 08 0900 0a"]),
        ])
        #expect(database.services.map(\.characteristics.count) == [0, 1])
    }

    static let failures: [(String, GATTError)] = [
        (
            "01 10 0100 05",
            .att(.errorResponse(ATTErrorResponse(request: 0x10, handle: 1, code: .insufficientAuthentication)))
        ),
        ("11 06 0100", .att(.malformed(ATTPacketError(.length, opcode: 0x11)))),
        ("11 07 0100 0700 001800", .protocolError(.badUUID)),
    ]

    @Test("fails on an unusable response", arguments: failures)
    func failure(answer: String, failure: GATTError) throws {
        #expect(try discover([("10 0100 ffff 0028", [answer])]) == .failure(failure))
    }

    static let invalidDeclarations: [(String, GATTProtocolError)] = [
        ("09 07 0100 02 0300 002a", .outsideRange), ("09 06 0500 02 0600 2a", .badDeclaration),
        ("09 07 0500 02 0500 002a", .badDeclaration), ("09 07 0500 02 0400 002a", .badDeclaration),
        ("09 02 0500", .badDeclaration),
    ]

    @Test("fails on an invalid declaration", arguments: invalidDeclarations)
    func badDeclarations(answer: String, error: GATTProtocolError) throws {
        let result = try discover([
            ("10 0100 ffff 0028", ["11 06 0400 0f00 0018"]), ("10 1000 ffff 0028", ["01 10 1000 0a"]),
            ("08 0400 0f00 0328", [answer]),
        ])
        #expect(result == .failure(.protocolError(error)))
    }

    @Test("limits the number of services")
    func tooMuch() throws {
        let lines = (1...64).map { number -> (expected: String, answers: [String]) in
            let digits = "\(number < 16 ? "0" : "")\(String(number, radix: 16))00"
            return ("10 \(digits) ffff 0028", ["11 06 \(digits) \(digits) 0018"])
        }
        #expect(try discover(lines + [("10 4100 ffff 0028", ["11 06 4100 4100 0018"])]) == .failure(.limitExceeded))
        let end: [(expected: String, answers: [String])] = [
            ("10 4100 ffff 0028", ["01 10 4100 0a"]), ("08 0100 4000 0328", ["01 08 0100 0a"]),
        ]
        #expect(try database(lines + end).services.count == 64)
    }

    @Test("delivers notifications during discovery")
    func notificationsMeanwhile() throws {
        var client = GATTClient()
        try client.start(.discover)
        var peer = ScriptedPeer([("10 0100 ffff 0028", ["1b 0300 aa", "01 10 0100 0a"])])
        let events = peer.play(with: &client)
        #expect(events.first == .value(3, [0xAA]) && events.count == 2)
    }
}
