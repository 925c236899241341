import Bluetooth
import Testing

@Suite("Commands to the kernel's Bluetooth management") struct ManagementCommandTests {
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

    @Test("each is written to the byte, for hci1", arguments: commands)
    func bytes(command: ManagementCommand, expected: String) {
        #expect(command.bytes(adapter: 1) == hex(expected))
    }

    @Test("a prompt link is within what the specification allows, and outlives a fade of two seconds")
    func parameters() {
        let prompt = ConnectionParameters.lowLatency(Self.sensor)
        #expect(prompt.interval.lowerBound >= 6 && prompt.interval.upperBound <= 3_200)
        let timeout = Double(prompt.supervisionTimeout) * 10
        #expect(timeout >= 2_000 && timeout <= 32_000)
        #expect(timeout > Double(1 + prompt.latency) * Double(prompt.interval.upperBound) * 1.25 * 2)
    }
}
