import Clocks
import Devices

/// A virtual BT50 on a target: frames in both modes, four per notification, registers, chip clock and faults, as described
/// in `firmware-protocols/bt50`.
package struct VirtualBT50: VirtualPeripheral {
    /// Variations of a sensor.
    package struct Traits: Sendable {
        package var rate = BT50Rate.hertz100
        package var nowData = false
        /// The probability that a notification lacks a byte.
        package var damageProbability = 0.0
        /// Times of restarts, which end the link, reset the chip clock and discard unsaved registers.
        package var resets: [Nanoseconds] = []
        package var amplitudes = Amplitudes()

        package init(
            rate: BT50Rate = .hertz100, nowData: Bool = false, damageProbability: Double = 0,
            resets: [Nanoseconds] = []
        ) {
            self.rate = rate
            self.nowData = nowData
            self.damageProbability = damageProbability
            self.resets = resets
        }
    }

    /// How a sensor reports amplitudes; sensors differ by their settings.
    package struct Amplitudes: Sendable {
        /// One sample per notification, this far apart; nil for four, at the sensor's rate.
        package var singleSampleInterval: Nanoseconds?
        /// The number of samples with the same velocity, and with the same displacement.
        package var samplesPerVelocity = 1
        package var samplesPerDisplacement = 1
        package var reportsVelocity = true
        /// The frequency of the plate in Hz, which relates velocity and displacement; nil for the usual ratio.
        package var frequency: Double?
        /// The probability that a displacement at rest is 1 to 12 µm instead of zero.
        package var restlessness = 0.0

        package init() {}

        /// A real sensor: 24 samples a second, one in a notification; plates at 15 Hz; 2 % of displacements at rest are
        /// not zero.
        package static let single: Self = {
            var amplitudes = Self()
            amplitudes.singleSampleInterval = .microseconds(41_300)
            amplitudes.frequency = 15
            amplitudes.restlessness = 0.022
            return amplitudes
        }()

        package init(_ type: BT50SensorType) {
            self = type == .standard || type == .repeated ? Self() : .single
            switch type {
            case .standard, .single: break
            case .uneven: samplesPerVelocity = 12
            case .displacement: reportsVelocity = false
            case .repeated: (samplesPerVelocity, samplesPerDisplacement) = (4, 4)
            }
        }
    }

    /// The MTU of the link; the default of 23 truncates every notification to 20 bytes.
    package var mtu = 23

    private let address: UInt64
    private let damageProbability: Double
    private var resets: [Nanoseconds]
    private var random: SeededRandom
    private var link: VirtualLink
    private var registers: BT50RegisterFile
    private var target = TargetMotion()
    private var clockStart = Nanoseconds.zero
    private var nextSample = Nanoseconds.zero
    private var batch: [UInt8] = []
    private var framesInBatch = 0
    /// The pending register read, and when its answer is ready; other reads are ignored until then.
    private var reply: (register: UInt8, ready: Nanoseconds)?
    private var samplesToSkip = 0
    private var frequency = 9
    private let amplitudes: Amplitudes
    private var heldVelocity: HeldAmplitude
    private var heldDisplacement: HeldAmplitude
    private var lastSample = Nanoseconds.zero

    package static let notifyCharacteristic = BluetoothUUID(high: 0x0000_FFE4_0000_1000, low: 0x8000_0080_5F9A_34FB)
    private static let serviceUUID = BluetoothUUID(high: 0x0000_FFE5_0000_1000, low: 0x8000_0080_5F9A_34FB)
    private static let framesPerNotification = 4

    package init(seed: UInt64, traits: Traits = Traits()) {
        random = SeededRandom(seed: seed)
        address = 0xC000_0000_0000 | UInt64.random(in: 0..<1 << 46, using: &random)
        damageProbability = traits.damageProbability
        resets = traits.resets.sorted()
        amplitudes = traits.amplitudes
        heldVelocity = HeldAmplitude(period: amplitudes.samplesPerVelocity)
        heldDisplacement = HeldAmplitude(period: amplitudes.samplesPerDisplacement)
        link = VirtualLink(seed: random.next(), latency: 3...14)
        registers = BT50RegisterFile(rateCode: UInt16(traits.rate.rawValue), nowData: traits.nowData)
        nextSample = interval
    }

    package var advertisement: BluetoothAdvertisement {
        BluetoothAdvertisement(name: "WTVB01-BT50", services: [Self.serviceUUID], address: address)
    }

    package var nextEvent: Nanoseconds? {
        [nextSample, resets.first, link.nextArrival].compactMap(\.self).min()
    }

    package mutating func strike(at time: Nanoseconds, velocity: Double) {
        target.strike(at: time, velocity: velocity)
    }

    package mutating func tick(until time: Nanoseconds) -> [VirtualEmission] {
        advance(to: time)
        return deliver(until: time)
    }

    package mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] {
        advance(to: time)
        execute(Array(bytes), at: time)
        return deliver(until: time)
    }

    /// The link truncates what does not fit at the moment of sending, after its MTU was negotiated.
    private mutating func deliver(until time: Nanoseconds) -> [VirtualEmission] {
        link.deliver(until: time).map { $0.truncated(to: mtu - 3) }
    }

    private var isNowData: Bool { registers[0x96] == 1 }

    private var interval: Nanoseconds {
        amplitudes.singleSampleInterval
            ?? (BT50Rate(rawValue: UInt8(truncatingIfNeeded: registers[0x03])) ?? .hertz10).interval
    }
}

/// Events over time.
extension VirtualBT50 {
    private mutating func advance(to time: Nanoseconds) {
        while min(nextSample, resets.first ?? nextSample) <= time {
            if let reset = resets.first, reset <= nextSample {
                restart(at: resets.removeFirst())
            } else {
                sample(at: nextSample)
                nextSample = nextSample + interval
            }
        }
    }

    private mutating func restart(at time: Nanoseconds) {
        registers.restart()
        (batch, framesInBatch, reply, samplesToSkip) = ([], 0, nil, 0)
        clockStart = time
        nextSample = time + interval
        link.disconnect(at: time)
    }

    private mutating func sample(at time: Nanoseconds) {
        target.discard(before: time)
        if samplesToSkip > 0 {
            samplesToSkip -= 1
            return
        }
        if let reply, reply.ready <= time {
            batch += BT50FrameWriter.registers(reply.register, registers.eight(from: reply.register))
            self.reply = nil
        }
        batch += isNowData ? motion(at: time) : vibration(at: time)
        framesInBatch += 1
        guard amplitudes.singleSampleInterval != nil || framesInBatch == Self.framesPerNotification else { return }
        if damageProbability > 0, random.chance(damageProbability) {
            batch.remove(at: .random(in: 0..<batch.count, using: &random))
        }
        link.notify(Self.notifyCharacteristic, batch, at: time)
        (batch, framesInBatch) = ([], 0)
    }

    private mutating func vibration(at time: Nanoseconds) -> [UInt8] {
        defer { lastSample = time }
        // A slow sensor reports the amplitude of its whole interval.
        let amplitude =
            amplitudes.singleSampleInterval == nil
            ? target.amplitude(at: time) : target.amplitude(after: lastSample, through: time)
        let velocity = amplitudes.reportsVelocity ? heldVelocity.report(amplitude) : 0
        // In mm/s and µm: v = 2πfd.
        let ratio = amplitudes.frequency.map { 1_000 / (2 * Double.pi * $0) } ?? 1.5
        let displacement = heldDisplacement.report(amplitude * ratio)
        // The sensor updates frequencies about once per second.
        if (time.count / 10_000_000) % 104 == 0 {
            frequency = amplitudes.frequency.map { Int($0) } ?? .random(in: 1...12, using: &random)
        }
        let axes = TargetMotion.axes
        let velocities = [axes.x, axes.y, axes.z].map { Int(velocity * $0) }
        var displacements = [axes.x, axes.y, axes.z].map { Int(displacement * $0) }
        if amplitudes.restlessness > 0, random.chance(amplitudes.restlessness) {
            displacements[2] = max(displacements[2], .random(in: 1...12, using: &random))
        }
        let battery = max(300, 412 - Int(time.inSeconds / 1_200))
        registers[0x40] = UInt16(2_400 + Int(random.normal(mean: 0, deviation: 8)))
        registers[0x64] = UInt16(battery)
        let words =
            velocities + velocities.map { $0 * 3 } + [Int(registers[0x40])] + displacements
            + [frequency, frequency + 2, frequency + 1] + [0, battery]
        for (index, word) in words.prefix(13).enumerated() {
            registers[0x3A + index] = UInt16(truncatingIfNeeded: word)
        }
        return BT50FrameWriter.vibration(words)
    }

    private mutating func motion(at time: Nanoseconds) -> [UInt8] {
        let velocity = target.velocity(at: time)
        let axes = TargetMotion.axes
        let velocities = [axes.x, axes.y, axes.z].map { Int(velocity * $0) }
        // 2,048 is 1 g, downwards.
        let gravity = [0, 2_048, 0].map { $0 + Int(random.normal(mean: 0, deviation: 6)) }
        let accelerations = zip(gravity, velocities).map { $0 + $1 * 70 }
        let words = accelerations + velocities.map { $0 * 5 } + velocities + [0, 90, 0] + velocities.map { $0 * 2 }
        return BT50FrameWriter.motion(words.map { max(-32_768, min(32_767, $0)) }, chipTime: time - clockStart)
    }
}

/// Commands.
extension VirtualBT50 {
    private mutating func execute(_ bytes: [UInt8], at time: Nanoseconds) {
        guard bytes.count == 5, bytes[0] == 0xFF, bytes[1] == 0xAA else { return }
        guard bytes[2] != 0x27 else { return read(bytes[3], at: time) }
        let previous = interval
        registers.write(bytes[2], UInt16(bytes[3]) | UInt16(bytes[4]) << 8, at: time)
        if interval != previous { nextSample = time + interval }
    }

    /// Preparing an answer takes about 14 ms. A second read during this time is not answered and restarts the preparation
    /// of the first.
    private mutating func read(_ register: UInt8, at time: Nanoseconds) {
        let work = Nanoseconds.milliseconds(Int64(max(4, random.normal(mean: 14, deviation: 3))))
        if let pending = reply, pending.ready > time {
            reply = (pending.register, time + work)
            return
        }
        reply = (register, time + work)
        // In now data mode, a read may cost some samples.
        if isNowData, random.chance(0.08) { samplesToSkip = .random(in: 1...3, using: &random) }
    }
}

extension VirtualBT50: VirtualGATTPeripheral {
    package var services: [VirtualService] { Self.serviceTable }

    /// The UUIDs use the manufacturer's variant of the Bluetooth base UUID.
    package static let serviceTable: [VirtualService] = [
        .genericAccess,
        VirtualService(
            serviceUUID,
            [
                .init(notifyCharacteristic, 0x10),
                .init(BluetoothUUID(high: 0x0000_FFE9_0000_1000, low: 0x8000_0080_5F9A_34FB), 0x0C),
            ]),
    ]

    package mutating func update(mtu: Int) { self.mtu = mtu }
}

/// Encodes the sensor's frames.
enum BT50FrameWriter {
    /// 15 words: velocity, angle, temperature, displacement, frequency, alarms, battery.
    static func vibration(_ words: [Int]) -> [UInt8] {
        [0x55, 0x61] + words.flatMap(littleEndianBytes)
    }

    /// 15 words: acceleration, rotation, velocity, angle, displacement.
    static func motion(_ words: [Int], chipTime: Nanoseconds) -> [UInt8] {
        let milliseconds = chipTime.count / 1_000_000
        let seconds = milliseconds / 1_000
        // The chip's calendar starts on 2015-01-01; sensors run for less than a month.
        let day = UInt8(truncatingIfNeeded: 1 + seconds / 86_400 % 31)
        let time = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60].map { UInt8(truncatingIfNeeded: $0) }
        return [0x55, 0x61, 15, 1, day] + time + littleEndianBytes(Int(milliseconds % 1_000))
            + words.flatMap(littleEndianBytes)
    }

    static func registers(_ first: UInt8, _ values: [UInt16]) -> [UInt8] {
        [0x55, 0x71, first, 0] + values.flatMap { littleEndianBytes(Int($0)) }
    }
}

extension BT50Driver: SimulatedDriver {
    package var faults: [SimulatedFault] { [.smallMTU, .droppedBytes.unscheduled, .modeSwitch, .reset] }

    package func makeSource(_ device: SimulatedDevice, _ schedule: FaultSchedule) -> any DeliverySource {
        typealias Source = PeripheralSource<VirtualBT50>
        var traits = VirtualBT50.Traits(
            nowData: device.nowData, damageProbability: device.faults.contains(.droppedBytes) ? 0.05 : 0,
            resets: schedule.times(of: .reset, every: .seconds(60)))
        let events = device.script ?? SimulationScript(device.range)
        traits.amplitudes = .init(device.sensorType ?? events.sensorTypes[device.sensor] ?? .standard)
        var sensor = VirtualBT50(seed: device.seed, traits: traits)
        if !device.faults.contains(.smallMTU) { sensor.mtu = 247 }
        var actions = events.hits(on: device.sensor).map { hit in
            Source.Action(time: hit.time) { sensor, time in
                sensor.strike(at: time, velocity: hit.velocity)
                return []
            }
        }
        for (index, time) in schedule.times(of: .modeSwitch, every: .seconds(10)).enumerated() {
            let isOn = (index % 2 == 0) != device.nowData
            actions.append(.write(BT50Command.unlock.bytes, at: time))
            actions.append(.write(BT50Command.write(.mode, isOn ? 1 : 0).bytes, at: time + BT50Setting.spacing))
        }
        return Source(sensor, actions: actions)
    }
}

extension SimulatedFault {
    package static let smallMTU = SimulatedFault(
        "small-mtu", "the MTU is not raised, and notifications are truncated to 20 bytes", canBeScheduled: false,
        sequence: 4)
    package static let modeSwitch = SimulatedFault(
        "mode-switch", "the sensor is switched between amplitudes and momentary values", sequence: 6)
}

extension SimulationScript {
    fileprivate init(_ range: RangeScript) {
        self.init()
        self.range = range
    }
}
