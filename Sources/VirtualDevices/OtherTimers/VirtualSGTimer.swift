import Clocks
import Devices

/// A virtual SG Timer after pairing: events, start and stop commands, and their answers.
package struct VirtualSGTimer: VirtualPeripheral {
    private var player: StringPlayer
    private var link: VirtualLink
    private let serial: Int
    /// The timer's clock at power-on.
    private let epoch: UInt32
    private var session: UInt32 = 0
    private var shots = 0

    package static let commandCharacteristic = BluetoothUUID(high: 0x7520_0000_14D2_4CDA, low: 0x8B6B_697C_554C_9311)
    package static let eventCharacteristic = BluetoothUUID(high: 0x7520_0001_14D2_4CDA, low: 0x8B6B_697C_554C_9311)
    private static let service = BluetoothUUID(high: 0x7520_FFFF_14D2_4CDA, low: 0x8B6B_697C_554C_9311)
    private static let delay = Nanoseconds.milliseconds(2_500)

    package init(_ script: RangeScript, seed: UInt64, epoch: UInt32 = 1_702_529_833) {
        var random = SeededRandom(seed: seed)
        serial = .random(in: 10_000...99_999, using: &random)
        self.epoch = epoch
        player = StringPlayer(script, maximumDuration: .seconds(600))
        link = VirtualLink(seed: random.next(), latency: 8...50)
    }

    package var advertisement: BluetoothAdvertisement {
        BluetoothAdvertisement(name: "SG-SST4B\(serial)", services: [Self.service])
    }

    package var nextEvent: Nanoseconds? {
        [player.nextTime, link.nextArrival].compactMap(\.self).min()
    }

    package mutating func tick(until time: Nanoseconds) -> [VirtualEmission] {
        advance(to: time)
        return link.deliver(until: time)
    }

    package mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] {
        advance(to: time)
        let command = Array(bytes)
        guard command.count == 2, command[0] == 1 else { return link.deliver(until: time) }
        var isAccepted = false
        switch command[1] {
        case 0 where !player.isRunning:
            isAccepted = true
            begin(at: time)
            notify([0] + bigEndian32(session) + bigEndianBytes(Int(Self.delay.count / 100_000_000)), at: time)
            player.start(at: time, after: Self.delay)
        case 3 where player.isRunning:
            isAccepted = true
            _ = player.stop()
            notify([3] + bigEndian32(session) + bigEndianBytes(shots), at: time)
        default: break
        }
        link.notify(Self.commandCharacteristic, [2, command[1], isAccepted ? 0 : 1], at: time)
        return link.deliver(until: time)
    }

    private mutating func begin(at time: Nanoseconds) {
        session = epoch &+ UInt32(truncatingIfNeeded: time.count / 1_000_000_000)
        shots = 0
    }

    private mutating func advance(to time: Nanoseconds) {
        while let (moment, event) = player.next(until: time) {
            switch event {
            case .beep:
                if shots > 0 || session == 0 { begin(at: moment) }
                notify([5] + bigEndian32(session), at: moment)
            case .shot(let since):
                notify(
                    [4] + bigEndian32(session) + bigEndianBytes(shots) + bigEndian32(UInt32(since.count / 1_000_000)),
                    at: moment)
                shots += 1
            case .stop: notify([3] + bigEndian32(session) + bigEndianBytes(shots), at: moment)
            }
        }
    }

    private mutating func notify(_ event: [UInt8], at time: Nanoseconds) {
        link.notify(Self.eventCharacteristic, [UInt8(event.count)] + event, at: time)
    }

    private func bigEndian32(_ value: UInt32) -> [UInt8] {
        bigEndianBytes(Int(value >> 16)) + bigEndianBytes(Int(value & 0xFFFF))
    }
}

extension SGTimerDriver: SimulatedDriver {
    package var faults: [SimulatedFault] { [] }

    package func makeSource(_ device: SimulatedDevice, _ schedule: FaultSchedule) -> any DeliverySource {
        PeripheralSource(VirtualSGTimer(device.range, seed: device.seed))
    }
}
