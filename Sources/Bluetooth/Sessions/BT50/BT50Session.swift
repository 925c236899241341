import Clocks
import Devices

/// A session with a BT50: longer packets first, since a notification holds four frames; then its settings, and its samples
/// for as long as it has any. A sensor that falls silent is asked something, and given up when it has no answer.
package struct BT50Session: DeviceSession {
    package enum Output: Hashable, Sendable {
        case notice(SessionNotice)
        /// All that one notification holds, in order, and its bytes as they came; none when the link has ended. The bytes
        /// are the link's, and will be overwritten.
        case readings([BT50Reading], in: ArraySlice<UInt8>)
        /// A register that the sensor does not tell.
        case unknown(BT50Register)
    }

    package var core = SessionCore(
        SetupPlan(mtu: 247, service: BluetoothUUID(short: 0xFFE5), required: [notifying, writing]))
    private var decoder = BT50Decoder()
    private var requests = BT50RequestQueue()
    /// Used again for each notification.
    private var readings: [BT50Reading] = []
    private var battery: Int?
    private var lastHeard: MonotonicTime?
    private var lastBattery: MonotonicTime?
    private var isProbing = false
    private var nextRequest: MonotonicTime?

    private static let notifying = BluetoothUUID(short: 0xFFE4)
    private static let writing = BluetoothUUID(short: 0xFFE9)
    /// Before the sensor is asked whether it is still there, at least, and how long it then has.
    package static let leastSilence = Nanoseconds.seconds(3)
    package static let probePatience = Nanoseconds.seconds(2)
    /// As long as nobody knows how often it speaks: it may be set to fill a notification in 20 s.
    package static let unknownSilence = Nanoseconds.seconds(25)
    /// Momentary values say nothing of the battery. Asking costs samples, so it is done rarely.
    package static let batteryInterval = Nanoseconds.seconds(60)

    package init() {}

    package static func output(_ notice: SessionNotice) -> Output { .notice(notice) }

    package var tally: DecoderTally { decoder.tally }

    /// Sets something, for good, and reads it back. False when too much is being set already, or nobody is connected.
    package mutating func apply(_ setting: BT50Setting) throws(CommandRefusal) -> Bool {
        guard core.isReady, try requests.set(setting) else { return false }
        return requests.readAfterwards(setting.register)
    }

    package var ownDeadline: MonotonicTime? {
        guard core.isReady else { return nil }
        return [silenceDeadline, nextRequest].compactMap(\.self).min()
    }

    package mutating func handle(_ event: SessionCore.Event, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch event {
        case .notice: break
        case .ready:
            (lastHeard, lastBattery) = (now, now)
            for register in [BT50Register.returnRate, .mode, .detectionCycle, .firmwareLow, .battery] {
                _ = requests.read(register)
            }
        case .value(_, let value):
            (lastHeard, isProbing) = (now, false)
            readings.removeAll(keepingCapacity: true)
            decoder.feed(value) { readings.append($0) }
            emit(.readings(readings, in: value))
            for place in readings.indices { take(readings[place], at: now, emit) }
        }
    }

    package mutating func act(at now: MonotonicTime, _ emit: (Output) -> Void) {
        guard core.isReady else { return }
        if let lastBattery, now - lastBattery >= Self.batteryInterval {
            self.lastBattery = now
            _ = requests.read(.battery)
        }
        if let silenceDeadline, now >= silenceDeadline {
            guard !isProbing else {
                for case .notice(let notice) in core.giveUp(.silent) { emit(.notice(notice)) }
                return
            }
            isProbing = true
            _ = requests.read(.battery)
        }
        ask(at: now, emit)
    }

    package mutating func linkLost(at now: MonotonicTime, _ emit: (Output) -> Void) {
        readings.removeAll(keepingCapacity: true)
        decoder.flush { readings.append($0) }
        if !readings.isEmpty { emit(.readings(readings, in: [])) }
        requests.reset()
        (lastHeard, lastBattery, nextRequest, isProbing) = (nil, nil, nil, false)
    }
}

extension BT50Session {
    /// Three notifications of four frames each that have not come are no accident.
    private var silenceDeadline: MonotonicTime? {
        let patience = decoder.sampleInterval.map { max(Self.leastSilence, $0 * 12) } ?? Self.unknownSilence
        return lastHeard.map { $0 + patience + (isProbing ? Self.probePatience : .zero) }
    }

    private mutating func take(_ reading: BT50Reading, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch reading {
        case .registers(let registers):
            _ = requests.receive(registers)
            if let centivolts = registers.battery { takeBattery(centivolts, at: now, emit) }
        case .vibration(let sample):
            if let centivolts = sample.battery { takeBattery(centivolts, at: now, emit) }
        case .motion, .cutOff, .refused: break
        }
    }

    /// Every frame tells the voltage, which trembles. It is told when it has changed by more than that. 0 V means that the
    /// sensor has no cell.
    private mutating func takeBattery(_ centivolts: Int16, at now: MonotonicTime, _ emit: (Output) -> Void) {
        lastBattery = now
        guard centivolts > 0 else { return }
        let percent = BT50Battery.percent(centivolts: centivolts)
        if let battery, abs(battery - percent) < 5 { return }
        battery = percent
        emit(.notice(.battery(percent)))
    }

    private mutating func ask(at now: MonotonicTime, _ emit: (Output) -> Void) {
        while true {
            switch requests.next(at: now) {
            case .write(let bytes):
                // The vendor's app does not wait for answers either; the pauses are in the queue.
                _ = core.write(bytes, to: Self.writing, prefersAnswer: false)
            case .gaveUp(let register): emit(.unknown(register))
            case .wait(let time):
                nextRequest = time
                return
            case .idle:
                nextRequest = nil
                return
            }
        }
    }
}

extension BT50Setting {
    /// Where what was set can be read back.
    fileprivate var register: BT50Register {
        switch self {
        case .rate: .returnRate
        case .nowData: .mode
        case .cutOffFrequency: .cutOffFrequency
        case .detectionCycle: .detectionCycle
        }
    }
}
