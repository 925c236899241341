import Bluetooth
import Devices
import Testing
import VirtualDevices

@Suite("Management commands") struct ManagementCommandTests {
    static let sensor = BluetoothAddress(bits: 0xF8FE_9231_12E3, kind: .random)

    static let commands: [(ManagementCommand, String)] = [
        (.readVersion, "0100 ffff 0000"),
        (.readIndexList, "0300 ffff 0000"),
        (.readInfo, "0400 0100 0000"),
        (.setPowered(true), "0500 0100 0100 01"),
        (.setPowered(false), "0500 0100 0100 00"),
        (.setLowEnergy(true), "0d00 0100 0100 01"),
        (.startDiscovery, "2300 0100 0100 06"),
        (.stopDiscovery, "2400 0100 0100 06"),
        (.disconnect(sensor), "1400 0100 0700 e3123192fef8 02"),
        (.readConnections, "1500 0100 0000"),
        (.readConnectionInfo(sensor), "3100 0100 0700 e3123192fef8 02"),
        (.loadConnectionParameters([]), "3500 0100 0200 0000"),
        (
            .loadConnectionParameters([.lowLatency(sensor)]),
            "3500 0100 1100 0100 e3123192fef8 02 0600 0c00 0000 9001"
        ),
    ]

    @Test("encodes each command for hci1", arguments: commands)
    func bytes(command: ManagementCommand, expected: String) {
        #expect(command.bytes(adapter: 1) == hex(expected))
    }

    @Test("low-latency parameters are within the specification and survive a fade of two seconds")
    func parameters() {
        let prompt = ConnectionParameters.lowLatency(Self.sensor)
        #expect(prompt.interval.lowerBound >= 6 && prompt.interval.upperBound <= 3_200)
        let timeout = Double(prompt.supervisionTimeout) * 10
        #expect(timeout >= 2_000 && timeout <= 32_000)
        #expect(timeout > Double(1 + prompt.latency) * Double(prompt.interval.upperBound) * 1.25 * 2)
    }
}

@Suite("Management events") struct ManagementEventTests {
    private static let sensor = ManagementCommandTests.sensor
    private static let address = "e3123192fef8 02"

    private static func packet(_ text: String) throws -> ManagementPacket { try ManagementPacket(hex(text)[...]) }

    static let events: [(String, ManagementEvent)] = [
        ("0100 ffff 0600 0100 00 01 1600", .completed(.version(1, revision: 22))),
        ("0100 ffff 0900 0300 00 0200 0000 0100", .completed(.adapters([0, 1]))),
        ("0100 0000 0700 0500 00 01020000", .completed(.settings(.setPowered, [.powered, .lowEnergy]))),
        ("0100 0000 0400 2300 00 06", .completed(.done(.startDiscovery))),
        ("0100 0000 0300 3500 00", .completed(.done(.loadConnectionParameters))),
        ("0100 0000 0300 0500 12", .status(command: 5, .blocked)),
        ("0100 0000 0300 3a00 00", .completed(.other(0x3A))),
        ("0100 0000 1300 1500 00 0200 \(address) 010203040506 00", .completed(.connections([sensor]))),
        ("0100 0000 0d00 3100 00 \(address) c8 7f 7f", .completed(.signal(sensor, -56))),
        ("0100 0000 0d00 3100 00 \(address) 7f 7f 7f", .completed(.signal(sensor, nil))),
        ("0200 0000 0300 2300 0a", .status(command: 0x23, .busy)),
        ("0300 0000 0100 05", .controllerError(5)),
        ("0400 0000 0000", .adapterAdded),
        ("0500 0000 0000", .adapterRemoved),
        ("0600 0000 0400 81020000", .settings([.powered, .classic, .lowEnergy])),
        ("0b00 0000 0d00 \(address) 00000000 0000", .connected(sensor)),
        ("0c00 0000 0800 \(address) 01", .disconnected(sensor, .timeout)),
        ("0c00 0000 0800 \(address) 77", .disconnected(sensor, .unspecified)),
        ("0d00 0000 0800 \(address) 04", .connectFailed(sensor, .connectFailed)),
        ("1300 0000 0200 06 01", .discovering(true)),
        ("1300 0000 0200 06 00", .discovering(false)),
        (
            "1c00 0000 1000 00 \(address) 0600 0c00 0000 9001",
            .newConnectionParameters(.lowLatency(sensor))
        ),
        ("2a00 0000 0100 00", .other(0x2A)),
        // Classic Bluetooth is not supported.
        ("0c00 0000 0800 e3123192fef8 00 01", .other(0x0C)),
    ]

    @Test("decodes every event", arguments: events)
    func decoding(text: String, expected: ManagementEvent) throws {
        #expect(try Self.packet(text).event == expected)
    }

    @Test("decodes the adapter number")
    func adapters() throws {
        #expect(try Self.packet("0400 0300 0000").adapter == 3)
        #expect(try Self.packet("0100 ffff 0600 0100 00 01 1600").adapter == nil)
    }

    @Test("decodes a found device")
    func found() throws {
        let data = "0c0957545642303153454e5347"
        for (flags, isConnectable) in [("00000000", true), ("04000000", false), ("20000000", true)] {
            let packet = try Self.packet("1200 0000 1b00 \(Self.address) c4 \(flags) 0d00 \(data)")
            guard case .found(let device) = packet.event else { return #expect(Bool(false)) }
            #expect(device.address == Self.sensor && device.signal == -60 && device.isConnectable == isConnectable)
            #expect(device.data.name == "WTVB01SENSG")
        }
    }

    @Test("decodes the information of an adapter")
    func info() throws {
        let name = "67617465" + String(repeating: "00", count: 245 + 11)
        let body = "1adc1fc30960 09 0200 ffff0100 81020000 000000" + name
        let packet = try Self.packet("0100 0000 1b01 0400 00" + body)
        guard case .completed(.info(let info)) = packet.event else { return #expect(Bool(false), "\(packet)") }
        #expect("\(info.address)" == "60:09:C3:1F:DC:1A" && info.name == "gate" && info.version == 9)
        #expect(info.supported.contains(.lowEnergy) && info.current.contains(.powered))
    }

    static let invalidPackets: [(String, ManagementPacketError.Reason)] = [
        ("", .length), ("0100 0000 00", .length), ("0100 0000 0100", .length), ("0100 0000 0000 00", .length),
        ("0100 0000 0200 0100", .length), ("0100 0000 0300 0100 15", .range), ("0100 0000 0300 0400 00", .length),
        ("0100 ffff 0700 0300 00 0200 0000", .length), ("0100 0000 0500 3100 00 0102", .length),
        ("0200 0000 0200 2300", .length), ("0600 0000 0300 000000", .length), ("0b00 0000 0600 e3123192fef8", .length),
        ("0c00 0000 0700 e3123192fef8 02", .length), ("0c00 0000 0800 e3123192fef8 03 01", .range),
        ("1200 0000 0700 e3123192fef8 02", .length), ("1200 0000 0f00 e3123192fef8 02 c4 00000000 0200 01", .length),
        ("1300 0000 0100 06", .length), ("1c00 0000 1000 00 e3123192fef8 02 0c00 0600 0000 9001", .range),
    ]

    @Test("rejects an invalid packet", arguments: invalidPackets)
    func rejects(text: String, reason: ManagementPacketError.Reason) {
        let bytes = hex(text)
        let event = bytes.count < 6 ? 0 : UInt16(bytes[0]) | UInt16(bytes[1]) << 8
        #expect(throws: ManagementPacketError(reason, event: event)) { try ManagementPacket(bytes[...]) }
    }

    @Test("decodes or rejects random bytes")
    func garbage() {
        var random = SeededRandom(seed: 4)
        for _ in 0..<30_000 {
            let body = (0..<Int.random(in: 0...30, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
            var bytes: [UInt8] = [.random(in: 0...0x1D, using: &random), 0, 0, 0, UInt8(body.count), 0] + body
            if bytes.count > 8 { bytes[6] = .random(in: 0...0x35, using: &random) }
            if bytes.count > 9 { (bytes[7], bytes[8]) = (0, 0) }
            _ = try? ManagementPacket(bytes[...])
        }
    }
}
