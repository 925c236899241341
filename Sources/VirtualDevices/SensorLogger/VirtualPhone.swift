import Clocks
import Devices
import JSON

/// A virtual phone that runs the Sensor Logger app, as described in `firmware-protocols/sensor-logger`: its messages with
/// their times, including requested faults.
package struct VirtualPhone: Sendable {
    package enum Fault: String, Hashable, Sendable, CaseIterable {
        /// A reading lacks one of its axes.
        case missingAxis = "missing-axis"
        /// A reading has no time.
        case missingTime = "missing-time"
        /// A message never arrives.
        case lost
        /// A message arrives twice.
        case twice
        /// A message arrives after the following one.
        case late
        /// `sessionId` is null.
        case nullSession = "null-session"
        /// The message is truncated.
        case truncated
        /// The app's test button is pressed.
        case test
    }

    /// A message and its time of arrival.
    package struct Emission: Hashable, Sendable {
        /// Since the start of the recording.
        package let time: Nanoseconds
        package let bytes: [UInt8]
        /// The number of readings that a decoder should find.
        package let readingCount: Int
    }

    /// The swings of the person, in order.
    package let swings: [VirtualSwing]
    /// Faults by message number.
    private let faults: [Int: Fault]
    private let start: WallTime
    private let batch: Nanoseconds
    private let rate: Double
    private var random: SeededRandom
    private let session: String
    private let device: String
    private var messageNumber = 0
    private var pending: [Emission] = []
    private var writer = JSONWriter()

    /// - Parameters:
    ///   - start: the start of the recording by the phone's clock.
    ///   - batch: the interval between messages.
    ///   - rate: samples per second of each sensor.
    ///   - swingTimes: the times of the swings.
    package init(
        seed: UInt64, start: WallTime, batch: Nanoseconds = .seconds(1), rate: Double = 100,
        swingTimes: [Nanoseconds] = [], faults: [Int: Fault] = [:]
    ) {
        var random = SeededRandom(seed: seed)
        swings = swingTimes.map { VirtualSwing(at: $0, random: &random) }
        session = String(random.next(), radix: 16)
        device = String(random.next(), radix: 16)
        self.random = random
        self.start = start
        self.batch = max(batch, .milliseconds(1))
        self.rate = max(rate, 0.1)
        self.faults = faults
    }

    /// The next message that arrives.
    package mutating func next() -> Emission {
        while pending.isEmpty { record() }
        return pending.removeFirst()
    }

    /// Records one batch and sends it.
    private mutating func record() {
        let fault = faults[messageNumber]
        let intact = message(fault)
        messageNumber += 1
        switch fault {
        case .lost: break
        case .twice: pending += [intact, intact]
        case .late:
            record()
            let time = max(intact.time, pending.last?.time ?? intact.time) + .milliseconds(40)
            pending.append(Emission(time: time, bytes: intact.bytes, readingCount: intact.readingCount))
        case .truncated:
            pending.append(
                Emission(
                    time: intact.time, bytes: Array(intact.bytes.dropLast(intact.bytes.count / 3)), readingCount: 0))
        case .test:
            pending.append(Emission(time: intact.time, bytes: Array("Sensor Logger test".utf8), readingCount: 0))
            pending.append(intact)
        case .missingAxis, .missingTime, .nullSession, nil: pending.append(intact)
        }
    }

    private mutating func message(_ fault: Fault?) -> Emission {
        let first = batch * Int64(messageNumber)
        let end = first + batch
        let step = Nanoseconds(seconds: 1 / rate)
        var count = 0
        writer.removeAll()
        writer.beginObject()
        writer.member("messageId", messageNumber)
        writer.key("sessionId")
        if fault == .nullSession { writer.null() } else { writer.string(session) }
        writer.member("deviceId", device)
        writer.key("payload")
        writer.beginArray()
        for sensor in VirtualPhoneSensor.allCases {
            var index = (first.count + step.count - 1) / step.count
            while step * index < end {
                let isFaulty = count == 1
                reading(
                    of: sensor, at: step * index, withoutAxis: isFaulty && fault == .missingAxis,
                    withoutTime: isFaulty && fault == .missingTime)
                index += 1
                count += 1
            }
        }
        writer.endArray()
        writer.endObject()
        let usable = fault == .missingTime && count > 1 ? count - 1 : count
        let delay = Nanoseconds.milliseconds(.random(in: 15...60, using: &random))
        return Emission(time: end + delay, bytes: Array(writer.bytes), readingCount: usable)
    }

    private mutating func reading(
        of sensor: VirtualPhoneSensor, at time: Nanoseconds, withoutAxis: Bool, withoutTime: Bool
    ) {
        writer.beginObject()
        writer.member("name", sensor.rawValue)
        if !withoutTime { writer.member("time", (start + time).nanoseconds) }
        writer.key("values")
        writer.beginObject()
        let values = sensor.values(at: time, swings: swings)
        for (axis, value) in zip(sensor.axes, values) where !(withoutAxis && axis == sensor.axes.last) {
            writer.key(axis)
            writer.number(value + random.normal(mean: 0, deviation: sensor.noise))
        }
        writer.endObject()
        writer.endObject()
    }
}

extension SensorLoggerDriver: SimulatedDriver {
    package var faults: [SimulatedFault] {
        [.lost, .twice, .late, .truncated, .missingAxis, .missingTime, .nullSession, .test]
    }

    package func makeSource(_ device: SimulatedDevice, _ schedule: FaultSchedule) -> any DeliverySource {
        var byMessage: [Int: VirtualPhone.Fault] = [:]
        for fault in faults {
            guard let phoneFault = VirtualPhone.Fault(rawValue: fault.name) else { continue }
            for time in schedule.times(of: fault, every: .seconds(5)) { byMessage[Int(time.inSeconds)] = phoneFault }
        }
        var random = SeededRandom(seed: device.seed ^ 0x7377_696E_67)
        var swings = device.script?.swings ?? []
        var time = Nanoseconds.seconds(2)
        while device.script == nil, time < min(device.horizon, .seconds(600)) {
            swings.append(time)
            time = time + .milliseconds(.random(in: 3_000...8_000, using: &random))
        }
        return PhoneSource(
            VirtualPhone(seed: device.seed, start: device.start, swingTimes: swings, faults: byMessage))
    }
}

extension SimulatedFault {
    package static let missingAxis = SimulatedFault("missing-axis", "a reading lacks an axis", sequence: 20)
    package static let missingTime = SimulatedFault("missing-time", "a reading has no time", sequence: 21)
    package static let twice = SimulatedFault("twice", "a message arrives twice", sequence: 22)
    package static let late = SimulatedFault("late", "a message arrives after the following one", sequence: 23)
    package static let nullSession = SimulatedFault("null-session", "a message has no session", sequence: 24)
    package static let truncated = SimulatedFault("truncated", "a message is truncated", sequence: 25)
    package static let test = SimulatedFault("test", "the app's test button is pressed", sequence: 26)
}
