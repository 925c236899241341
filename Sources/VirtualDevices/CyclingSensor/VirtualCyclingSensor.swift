import Clocks
import Devices

/// A virtual cycling sensor for wheel and crank, on a bicycle whose rider varies the cadence.
package struct VirtualCyclingSensor: VirtualGATTPeripheral {
    package struct Traits: Sendable {
        /// Periods in which the bicycle stands still.
        package var stops: [Range<Nanoseconds>] = []
        /// When the counters restart at zero.
        package var resets: [Nanoseconds] = []
        package var lossProbability = 0.0

        package init() {}
    }

    /// A revolution counter and the time of its latest revolution.
    private struct Counter {
        /// Including the fraction of the current revolution.
        var revolutions = 0.0
        var eventTime = 0.0

        /// - Parameters:
        ///   - rate: in revolutions per second.
        ///   - time: in seconds, at the end of the step.
        mutating func advance(by step: Double, rate: Double, to time: Double) {
            let before = revolutions.rounded(.down)
            revolutions += rate * step
            let whole = revolutions.rounded(.down)
            if whole > before { eventTime = time - (revolutions - whole) / rate }
        }
    }

    private let number: Int
    private let traits: Traits
    private var random: SeededRandom
    private var link: VirtualLink
    private var nextMeasurement = Nanoseconds.seconds(1)
    private var wheel = Counter()
    private var crank = Counter()
    private var remainingResets: [Nanoseconds]
    /// The true cadence in revolutions per minute; zero while the bicycle stands still.
    package private(set) var cadence = 80.0

    package static let measurementCharacteristic = BluetoothUUID(short: 0x2A5B)
    package static let featureCharacteristic = BluetoothUUID(short: 0x2A5C)
    package static let batteryCharacteristic = BluetoothUUID(short: 0x2A19)
    /// Wheel revolutions per crank revolution.
    package static let gearRatio = 2.5

    package init(seed: UInt64, traits: Traits = Traits()) {
        var random = SeededRandom(seed: seed)
        number = .random(in: 1_000...9_999, using: &random)
        self.traits = traits
        remainingResets = traits.resets.sorted(by: >)
        link = VirtualLink(seed: random.next(), latency: 5...60, lossProbability: traits.lossProbability)
        self.random = random
    }

    package var advertisement: BluetoothAdvertisement {
        BluetoothAdvertisement(
            name: "Cycling \(number)", services: [BluetoothUUID(short: 0x1816), BluetoothUUID(short: 0x180F)])
    }

    package var nextEvent: Nanoseconds? { min(nextMeasurement, link.nextArrival ?? nextMeasurement) }

    package mutating func tick(until time: Nanoseconds) -> [VirtualEmission] {
        while nextMeasurement <= time {
            ride(until: nextMeasurement)
            link.notify(Self.measurementCharacteristic, measurement, at: nextMeasurement)
            nextMeasurement = nextMeasurement + .seconds(1)
        }
        return link.deliver(until: time)
    }

    /// The sensor has no control point, so writes have no effect.
    package mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] {
        tick(until: time)
    }

    private mutating func ride(until time: Nanoseconds) {
        if let reset = remainingResets.last, reset <= time {
            remainingResets.removeLast()
            (wheel, crank) = (Counter(), Counter())
        }
        let next = cadence + Double.random(in: -4...4, using: &random)
        let isStanding = traits.stops.contains { $0.contains(time) }
        cadence = isStanding ? 0 : min(105, max(60, next))
        let rate = cadence / 60
        crank.advance(by: 1, rate: rate, to: time.inSeconds)
        wheel.advance(by: 1, rate: rate * Self.gearRatio, to: time.inSeconds)
    }

    private var measurement: [UInt8] {
        let wheelRevolutions = UInt32(truncatingIfNeeded: Int64(wheel.revolutions))
        var bytes: [UInt8] = [0x03]
        for shift in stride(from: 0, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: wheelRevolutions >> shift))
        }
        bytes += littleEndianBytes(Self.ticks(wheel.eventTime))
        bytes += littleEndianBytes(Int(crank.revolutions))
        bytes += littleEndianBytes(Self.ticks(crank.eventTime))
        return bytes
    }

    /// Units of 1/1,024 s.
    private static func ticks(_ seconds: Double) -> Int { Int(seconds * 1_024) }
}

extension VirtualCyclingSensor {
    package var services: [VirtualService] { Self.serviceTable }

    package static let serviceTable: [VirtualService] = [
        .genericAccess,
        VirtualService(
            BluetoothUUID(short: 0x1816),
            [.init(measurementCharacteristic, 0x10), .init(featureCharacteristic, 0x02)]),
        VirtualService(BluetoothUUID(short: 0x180F), [.init(batteryCharacteristic, 0x12)]),
    ]

    package func value(of characteristic: BluetoothUUID, at time: Nanoseconds) -> [UInt8]? {
        switch characteristic {
        case Self.featureCharacteristic: [0x03, 0x00]
        case Self.batteryCharacteristic: [UInt8(max(1, 88 - time.count / 3_600_000_000_000))]
        default: nil
        }
    }
}

extension CyclingSensorDriver: SimulatedDriver {
    package var faults: [SimulatedFault] { [.standstill, .counterReset, .lost.unscheduled] }

    package func makeSource(_ device: SimulatedDevice, _ schedule: FaultSchedule) -> any DeliverySource {
        var traits = VirtualCyclingSensor.Traits()
        traits.stops = schedule.spans(of: .standstill, every: .seconds(30), lasting: 3...10).map { $0.start..<$0.end }
        traits.resets = schedule.times(of: .counterReset, every: .seconds(30))
        traits.lossProbability = device.faults.contains(.lost) ? 0.1 : 0
        return PeripheralSource(VirtualCyclingSensor(seed: device.seed, traits: traits))
    }
}

extension SimulatedFault {
    package static let standstill = SimulatedFault("standstill", "the bicycle stands still")
    package static let counterReset = SimulatedFault("counter-reset", "the counters restart at zero")
}
