import Bluetooth
import Devices
import Testing
import VirtualDevices

@Suite("ATT packets") struct ATTPacketTests {
    private static func attribute(_ handle: UInt16, _ value: String) -> ATTAttribute {
        ATTAttribute(handle: handle, value: hex(value)[...])
    }

    private static func decode(_ text: String) throws -> ATTPacket { try ATTPacket(hex(text)[...]) }

    static let packets: [(String, ATTPacket)] = [
        ("01 08 0300 0a", .error(ATTErrorResponse(request: 0x08, handle: 3, code: .attributeNotFound))),
        ("03 f700", .response(.mtu(247))),
        ("07 0100 0500 0600 ffff", .response(.ranges([1...5, 6...0xFFFF]))),
        ("09 04 0300 abcd 0500 0102", .response(.attributes([attribute(3, "abcd"), attribute(5, "0102")]))),
        ("0b", .response(.value([]))),
        ("0b 0102", .response(.value([1, 2]))),
        ("0d 09", .response(.partialValue([9]))),
        ("0f 010203", .response(.values([1, 2, 3]))),
        ("13", .response(.written)),
        ("17 0300 1200 aa", .response(.prepared(attribute(3, "aa"), offset: 0x12))),
        ("19", .response(.executed)),
        ("21 0100 aa 0200 bbcc", .response(.variableValues([[0xAA], [0xBB, 0xCC]]))),
        ("21 0500 aa", .response(.variableValues([[0xAA]]))),
        ("1b 1200 0103000001f4", .notification(attribute(0x12, "0103000001f4"))),
        ("1b 1200", .notification(attribute(0x12, ""))),
        ("1d 0c00 01", .indication(attribute(0x0C, "01"))),
        ("23 0300 0100 aa 0500 0000", .notifications([attribute(3, "aa"), attribute(5, "")])),
        ("02 1700", .mtuRequest(23)),
        ("10 0100 ffff 0028", .request(opcode: 0x10)),
        ("30 00", .request(opcode: 0x30)),
    ]

    @Test("decodes every packet of a server", arguments: packets)
    func decoding(text: String, expected: ATTPacket) throws {
        #expect(try Self.decode(text) == expected)
    }

    @Test("decodes 16-bit and 128-bit types")
    func information() throws {
        let short = try Self.decode("05 01 0400 0229 0500 0129")
        guard case .response(.information(let list)) = short else { return #expect(Bool(false), "\(short)") }
        #expect(list.map(\.handle) == [4, 5])
        #expect(list.map(\.type) == [BluetoothUUID(short: 0x2902), BluetoothUUID(short: 0x2901)])
        let long = try Self.decode("05 02 0700 9ecadc240ee5a9e093f3a3b50100406e")
        guard case .response(.information(let one)) = long else { return #expect(Bool(false), "\(long)") }
        #expect(one.map(\.type.description) == ["6e400001-b5a3-f393-e0a9-e50e24dcca9e"])
    }

    @Test("decodes services as groups")
    func groups() throws {
        let packet = try Self.decode("11 06 0100 0700 0018 0800 ffff e5ff")
        guard case .response(.groups(let groups)) = packet else { return #expect(Bool(false), "\(packet)") }
        #expect(groups.map(\.handles) == [1...7, 8...0xFFFF])
        #expect(
            groups.map { BluetoothUUID(littleEndian: $0.value) } == [0x1800, 0xFFE5].map(BluetoothUUID.init(short:)))
    }

    static let invalidPackets: [(String, ATTPacketError.Reason)] = [
        ("", .empty),
        // Truncated or too long.
        ("01 08 0300", .length), ("01 08 0300 0a 00", .length), ("03 17", .length), ("03 170000", .length),
        ("05 01", .length), ("05", .length), ("05 01 0400 02", .length), ("07", .length), ("07 0100 05", .length),
        ("09", .length), ("09 00", .length), ("09 01 03", .length), ("09 04", .length), ("09 04 0300 ab", .length),
        ("11", .length), ("11 00", .length), ("11 03 010007", .length), ("11 06", .length),
        ("11 06 0100 0700 00", .length),
        ("13 00", .length), ("17 0300 12", .length), ("19 00", .length), ("1b", .length), ("1b 12", .length),
        ("1d 0c", .length), ("21 01", .length), ("23", .length), ("23 0300 01", .length), ("23 0300 0200 aa", .length),
        ("02", .length),
        // Handle 0, reversed ranges, lists out of order.
        ("1b 0000 01", .handle), ("1d 0000", .handle), ("17 0000 0000", .handle), ("23 0000 0000", .handle),
        ("05 01 0000 0229", .handle), ("05 01 0500 0229 0400 0129", .handle), ("07 0500 0100", .handle),
        ("09 04 0300 abcd 0300 abcd", .handle), ("11 06 0100 0700 0018 0700 0800 0118", .handle),
        ("11 06 0800 0700 0018", .handle),
        // Values out of range.
        ("03 1600", .range), ("02 0000", .range), ("05 03 0400 0229", .range), ("05 00", .range),
        // Never sent to a client, or undefined.
        ("1e", .unknown), ("52 0300 01", .unknown), ("d2 0300", .unknown), ("71 00", .unknown), ("31", .unknown),
        ("ff", .unknown),
    ]

    @Test("rejects an invalid packet with its reason", arguments: invalidPackets)
    func rejects(text: String, reason: ATTPacketError.Reason) {
        let bytes = hex(text)
        #expect(throws: ATTPacketError(reason, opcode: bytes.first ?? 0)) { try ATTPacket(bytes[...]) }
    }

    @Test("decodes or rejects every prefix of a valid packet, at any offset in memory")
    func cuts() throws {
        for (text, _) in Self.packets {
            let bytes = hex(text)
            for length in 0...bytes.count {
                let alone = Result { try ATTPacket(bytes.prefix(length)) }
                let inside = Result { try ATTPacket((hex("ffff") + bytes.prefix(length) + hex("ff"))[2..<2 + length]) }
                #expect((try? alone.get()) == (try? inside.get()))
            }
        }
    }

    @Test("decodes or rejects random bytes")
    func garbage() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<50_000 {
            var bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if !bytes.isEmpty, Bool.random(using: &random) {
                bytes[0] = ATTOpcode.allCases.randomElement(using: &random)?.rawValue ?? 0
            }
            do {
                _ = try ATTPacket(bytes[...])
            } catch {
                #expect(error.opcode == bytes.first ?? 0)
            }
        }
    }
}

@Suite("ATT requests") struct ATTRequestTests {
    static let nordic = BluetoothUUID(high: 0x6E40_0003_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)

    static let requests: [(ATTRequest, String)] = [
        (.exchangeMTU(247), "02 f700"),
        (.findInformation(0x13...0x15), "04 1300 1500"),
        (.findByTypeValue(1...0xFFFF, type: 0x2800, value: [0xE5, 0xFF]), "06 0100 ffff 0028 e5ff"),
        (.readByType(1...0xFFFF, type: BluetoothUUID(short: 0x2803)), "08 0100 ffff 0328"),
        (.readByType(1...2, type: nordic), "08 0100 0200 9ecadc240ee5a9e093f3a3b50300406e"),
        (.read(0x12), "0a 1200"),
        (.readBlob(0x12, offset: 0x0102), "0c 1200 0201"),
        (.readMultiple([1, 2]), "0e 0100 0200"),
        (.readByGroupType(1...0xFFFF, type: BluetoothUUID(short: 0x2800)), "10 0100 ffff 0028"),
        (.write(0x13, [1, 0]), "12 1300 0100"),
        (.prepareWrite(0x13, offset: 18, [7]), "16 1300 1200 07"),
        (.executeWrite(true), "18 01"),
        (.executeWrite(false), "18 00"),
        (.readMultipleVariable([3, 4]), "20 0300 0400"),
        (.writeCommand(0x15, [0xFF, 0xAA]), "52 1500 ffaa"),
    ]

    @Test("encodes each request", arguments: requests)
    func bytes(request: ATTRequest, expected: String) {
        #expect(request.bytes == hex(expected))
        #expect(request.opcode.rawValue == hex(expected)[0])
    }

    @Test("sends a misspelt base UUID with all 16 bytes")
    func misspelt() throws {
        let uuid = try #require(BluetoothUUID("0000ffe4-0000-1000-8000-00805f9a34fb"))
        #expect(uuid.attBytes == hex("fb349a5f800000800010 0000e4ff0000"))
        #expect(BluetoothUUID(littleEndian: uuid.attBytes[...]) == uuid)
        #expect(uuid.matches(BluetoothUUID(short: 0xFFE4)) && uuid != BluetoothUUID(short: 0xFFE4))
    }

    @Test("decodes what it encodes, and rejects other lengths")
    func uuids() {
        for uuid in [BluetoothUUID(short: 0x180D), Self.nordic] {
            #expect(BluetoothUUID(littleEndian: uuid.attBytes[...]) == uuid)
        }
        #expect(BluetoothUUID(littleEndian: hex("0d180000")[...]) == BluetoothUUID(short: 0x180D))
        for length in [0, 1, 3, 5, 15, 17] {
            #expect(BluetoothUUID(littleEndian: [UInt8](repeating: 1, count: length)[...]) == nil)
        }
    }
}
