import Clocks
import Devices

/// A virtual SpecialPie M1A2, which accepts no commands.
package struct VirtualSpecialPie: VirtualPeripheral {
    private let countsFromZero: Bool
    private var player: StringPlayer
    private var link: VirtualLink
    private let number: UInt16
    private var group: UInt8
    private var shots = 0

    package static let notifyCharacteristic = BluetoothUUID(short: 0xFFF1)

    /// - Parameter countsFromZero: whether the first shot has the number 0, as with some devices.
    package init(_ script: RangeScript, seed: UInt64, countsFromZero: Bool = false) {
        var random = SeededRandom(seed: seed)
        number = .random(in: 0x1000...0xFFFF, using: &random)
        group = .random(in: 0...9, using: &random)
        self.countsFromZero = countsFromZero
        player = StringPlayer(script, maximumDuration: .seconds(600))
        link = VirtualLink(seed: random.next(), latency: 8...50)
    }

    package var advertisement: BluetoothAdvertisement {
        BluetoothAdvertisement(name: "SP M1A2 Timer " + String(number, radix: 16, uppercase: true))
    }

    package var nextEvent: Nanoseconds? {
        [player.nextTime, link.nextArrival].compactMap(\.self).min()
    }

    package mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] {
        tick(until: time)
    }

    package mutating func tick(until time: Nanoseconds) -> [VirtualEmission] {
        while let (moment, event) = player.next(until: time) {
            link.notify(Self.notifyCharacteristic, [0xF8, 0xF9] + body(of: event) + [0xF9, 0xF8], at: moment)
        }
        return link.deliver(until: time)
    }

    private mutating func body(of event: StringPlayer.Event) -> [UInt8] {
        switch event {
        case .beep:
            group &+= 1
            shots = 0
            return [0x34, group]
        case .shot(let time):
            defer { shots += 1 }
            let hundredths = time.count / 10_000_000
            let seconds = hundredths / 100
            return [
                0x36, UInt8(truncatingIfNeeded: seconds >> 8), UInt8(truncatingIfNeeded: seconds),
                UInt8(hundredths % 100),
                UInt8(truncatingIfNeeded: countsFromZero ? shots : shots + 1), group,
            ]
        case .stop:
            return [0x18, group]
        }
    }
}

extension SpecialPieDriver: SimulatedDriver {
    package var faults: [SimulatedFault] { [.countsFromZero] }

    package func makeSource(_ device: SimulatedDevice, _ schedule: FaultSchedule) -> any DeliverySource {
        PeripheralSource(
            VirtualSpecialPie(
                device.range, seed: device.seed, countsFromZero: device.faults.contains(.countsFromZero)))
    }
}

extension SimulatedFault {
    package static let countsFromZero = SimulatedFault(
        "counts-from-zero", "the first shot has the number 0", canBeScheduled: false, sequence: 9)
}
