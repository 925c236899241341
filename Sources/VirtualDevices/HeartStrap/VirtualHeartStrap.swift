import Clocks
import Devices

/// A virtual heart-rate strap: one measurement per second, with the intervals of the beats since the previous one.
package struct VirtualHeartStrap: VirtualPeripheral {
    /// A period without skin contact, in which no beats are detected.
    package struct Gap: Hashable, Sendable {
        package let start: Nanoseconds
        package let end: Nanoseconds

        package init(from start: Nanoseconds, to end: Nanoseconds) {
            self.start = start
            self.end = end
        }
    }

    private let number: Int
    private let gaps: [Gap]
    private let sendsWideRates: Bool
    private var heart: VirtualHeart
    private var link: VirtualLink
    private var nextMeasurement = Nanoseconds.seconds(1)
    private var nextBeat: Nanoseconds
    private var lastBeat: Nanoseconds?
    private var intervals: [Int] = []
    private var measurements = 0
    /// In joules.
    private var energy = 0
    /// The true intervals of all detected beats, in 1/1,024 s.
    package private(set) var beats: [Int] = []

    package static let measurementCharacteristic = BluetoothUUID(short: 0x2A37)
    package static let batteryCharacteristic = BluetoothUUID(short: 0x2A19)
    /// The number of intervals that fits into the smallest notification.
    private static let maximumIntervals = 8

    package init(seed: UInt64, gaps: [Gap] = [], sendsWideRates: Bool = false) {
        var random = SeededRandom(seed: seed)
        number = .random(in: 1_000...9_999, using: &random)
        self.gaps = gaps
        self.sendsWideRates = sendsWideRates
        heart = VirtualHeart(restingRate: .random(in: 55...80, using: &random), seed: random.next())
        link = VirtualLink(seed: random.next(), latency: 5...60)
        nextBeat = heart.nextInterval()
    }

    package var advertisement: BluetoothAdvertisement {
        BluetoothAdvertisement(
            name: "Strap \(number)", services: [BluetoothUUID(short: 0x180D), BluetoothUUID(short: 0x180F)])
    }

    package var nextEvent: Nanoseconds? {
        min(nextMeasurement, link.nextArrival ?? nextMeasurement)
    }

    package func batteryLevel(at time: Nanoseconds) -> [UInt8] {
        [UInt8(max(1, 96 - time.count / 3_600_000_000_000))]
    }

    package mutating func tick(until time: Nanoseconds) -> [VirtualEmission] {
        while nextMeasurement <= time {
            detectBeats(until: nextMeasurement)
            link.notify(
                Self.measurementCharacteristic, value(hasContact: hasContact(at: nextMeasurement)), at: nextMeasurement)
            nextMeasurement = nextMeasurement + .seconds(1)
        }
        return link.deliver(until: time)
    }

    /// A write to the control point can reset the energy.
    package mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] {
        let emissions = tick(until: time)
        if Array(bytes) == HeartStrapCommand.resetEnergy { energy = 0 }
        return emissions
    }

    private func hasContact(at time: Nanoseconds) -> Bool {
        !gaps.contains { $0.start <= time && time < $0.end }
    }

    private mutating func detectBeats(until time: Nanoseconds) {
        while nextBeat <= time {
            if hasContact(at: nextBeat) {
                if let lastBeat {
                    let interval = Int((nextBeat - lastBeat).count * 1_024 / 1_000_000_000)
                    intervals.append(interval)
                    beats.append(interval)
                }
                lastBeat = nextBeat
            } else {
                lastBeat = nil
            }
            nextBeat = nextBeat + heart.nextInterval()
        }
    }

    private mutating func value(hasContact: Bool) -> [UInt8] {
        measurements += 1
        energy += hasContact ? 140 : 0
        let sent = intervals.prefix(Self.maximumIntervals)
        intervals.removeFirst(sent.count)
        let mean = sent.isEmpty ? 0 : sent.reduce(0, +) / sent.count
        let rate = hasContact && mean > 0 ? 60 * 1_024 / mean : 0
        let hasEnergy = measurements % 10 == 0
        let flags: UInt8 =
            (sendsWideRates ? 0x01 : 0) | (hasContact ? 0x06 : 0x04) | (hasEnergy ? 0x08 : 0)
            | (sent.isEmpty ? 0 : 0x10)
        return [flags] + (sendsWideRates ? littleEndianBytes(rate) : [UInt8(truncatingIfNeeded: rate)])
            + (hasEnergy ? littleEndianBytes(min(65_535, energy / 1_000)) : []) + sent.flatMap(littleEndianBytes)
    }
}

extension VirtualHeartStrap: VirtualGATTPeripheral {
    package var services: [VirtualService] { Self.serviceTable }

    package static let serviceTable: [VirtualService] = [
        .genericAccess,
        VirtualService(
            BluetoothUUID(short: 0x180D),
            [.init(measurementCharacteristic, 0x10), .init(bodySensorLocation, 0x02), .init(controlPoint, 0x08)]),
        VirtualService(BluetoothUUID(short: 0x180F), [.init(batteryCharacteristic, 0x12)]),
    ]

    private static let bodySensorLocation = BluetoothUUID(short: 0x2A38)
    private static let controlPoint = BluetoothUUID(short: 0x2A39)
    private static let chest: UInt8 = 1

    package func value(of characteristic: BluetoothUUID, at time: Nanoseconds) -> [UInt8]? {
        switch characteristic {
        case Self.batteryCharacteristic: batteryLevel(at: time)
        case Self.bodySensorLocation: [Self.chest]
        default: nil
        }
    }
}

extension HeartStrapDriver: SimulatedDriver {
    package var faults: [SimulatedFault] { [.noContact, .wideRates] }

    package func makeSource(_ device: SimulatedDevice, _ schedule: FaultSchedule) -> any DeliverySource {
        let gaps = schedule.spans(of: .noContact, every: .seconds(20), lasting: 2...6).map { span in
            VirtualHeartStrap.Gap(from: span.start, to: span.end)
        }
        return PeripheralSource(
            VirtualHeartStrap(seed: device.seed, gaps: gaps, sendsWideRates: device.faults.contains(.wideRates)))
    }
}

extension SimulatedFault {
    package static let noContact = SimulatedFault("no-contact", "the strap loses skin contact", sequence: 7)
    package static let wideRates = SimulatedFault(
        "wide-rates", "rates have 16 bits", canBeScheduled: false, sequence: 8)
}
