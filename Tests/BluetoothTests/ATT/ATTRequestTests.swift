import Bluetooth
import Devices
import Testing

@Suite("Requests of the Attribute Protocol") struct ATTRequestTests {
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

    @Test("each is written to the byte", arguments: requests)
    func bytes(request: ATTRequest, expected: String) {
        #expect(request.bytes == hex(expected))
        #expect(request.opcode.rawValue == hex(expected)[0])
    }

    @Test("a misspelt base is sent as it was received, all sixteen bytes of it")
    func misspelt() throws {
        let uuid = try #require(BluetoothUUID("0000ffe4-0000-1000-8000-00805f9a34fb"))
        #expect(uuid.attBytes == hex("fb349a5f800000800010 0000e4ff0000"))
        #expect(BluetoothUUID(littleEndian: uuid.attBytes[...]) == uuid)
        #expect(uuid.matches(BluetoothUUID(short: 0xFFE4)) && uuid != BluetoothUUID(short: 0xFFE4))
    }

    @Test("names survive the way there and back, and other lengths are none")
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
