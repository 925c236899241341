import Bluetooth
import Testing

@Suite("A controller, spoken to directly") struct HCITests {
    static let commands: [(HCICommand, String)] = [
        (.readSupportedCommands, "01 0210 00"),
        (.setScanParameters(interval: 0x60, window: 0x30), "01 0b20 07 00 6000 3000 00 00"),
        (.setScanEnabled(true), "01 0c20 02 01 00"),
        (.setScanEnabled(false), "01 0c20 02 00 00"),
        (.setExtendedScanParameters(interval: 0x60, window: 0x30), "01 4120 08 00 00 01 00 6000 3000"),
        (.setExtendedScanEnabled(true), "01 4220 06 01 00 0000 0000"),
    ]

    @Test("commands are written to the byte, and every scan is passive", arguments: commands)
    func bytes(command: HCICommand, expected: String) {
        #expect(command.bytes == hex(expected))
    }

    @Test("only who knows both commands of the extended scan is told to do one")
    func extended() {
        for (octet, expected) in [(0x60, true), (0x20, false), (0x40, false), (0xFF, true)] as [(UInt8, Bool)] {
            var answer = [UInt8](repeating: 0, count: 64)
            answer[37] = octet
            #expect(HCICommand.supportsExtendedScan(answer[...]) == expected)
            #expect(!HCICommand.supportsExtendedScan(answer.prefix(63)))
        }
    }

    private func event(_ text: String) throws -> HCIEvent { try HCIEvent(hex(text)[...]) }

    @Test("answers and troubles are understood")
    func simple() throws {
        #expect(try event("04 0e 04 01 0c20 0c") == .completed(opcode: 0x200C, status: 0x0C, answer: []))
        #expect(try event("04 0e 05 01 0210 00 aa") == .completed(opcode: 0x1002, status: 0, answer: [0xAA]))
        #expect(try event("04 0e 03 01 0000") == .completed(opcode: 0, status: 0, answer: []))
        #expect(try event("04 0f 04 09 01 0d20") == .status(opcode: 0x200D, status: 9))
        #expect(try event("04 10 01 42") == .hardwareError(0x42))
        #expect(try event("04 05 04 00 4000 13") == .other(5))
        #expect(try event("04 3e 01 01") == .other(0x3E))
    }

    @Test("devices are heard in both forms of report")
    func reports() throws {
        let legacy = try event("04 3e 1a 02 02 00 00 1adc1fc30960 04 03030d18 c4 04 01 e3123192fef8 00 7f")
        guard case .advertisements(let list) = legacy else { return #expect(Bool(false)) }
        #expect(list.map(\.address.kind) == [.publicAddress, .random])
        #expect(list.map(\.signal) == [-60, nil] && list.map(\.isScanResponse) == [false, true])
        #expect(list[0].data.services.count == 1 && list.allSatisfy(\.isComplete))
        let fields = "01 e3123192fef8 01 00 ff 7f c4 0000 00 000000000000 04 03030d18"
        for (kind, isComplete, isResponse) in [("1300", true, false), ("1b00", true, true), ("3300", false, false)] {
            guard case .advertisements(let list) = try event("04 3e 1e 0d 01 \(kind) \(fields)") else {
                return #expect(Bool(false))
            }
            #expect("\(list[0].address)" == "F8:FE:92:31:12:E3" && list[0].signal == -60)
            #expect(list[0].isComplete == isComplete && list[0].isScanResponse == isResponse)
            #expect(list[0].data.services.count == 1)
        }
    }

    static let refusals: [(String, HCIPacketError.Reason)] = [
        ("", .length), ("04 0e", .length), ("01 0c20 00", .kind), ("04 0e 05 01 0c20 0c", .length),
        ("04 0e 02 01 0c", .length), ("04 0f 03 00 01 0c", .length), ("04 10 00", .length), ("04 3e 01 02", .length),
        ("04 3e 02 02 01", .length), ("04 3e 0c 02 01 00 00 1adc1fc30960 00", .length),
        ("04 3e 0d 02 01 00 00 1adc1fc30960 00 c4 00", .length),
        ("04 3e 0d 02 01 00 00 1adc1fc30960 09 c4 00", .length),
        ("04 3e 02 0d 01", .length),
    ]

    @Test("rejects an invalid packet", arguments: refusals)
    func refusal(text: String, reason: HCIPacketError.Reason) {
        #expect(throws: HCIPacketError(reason)) { try HCIEvent(hex(text)[...]) }
    }
}
