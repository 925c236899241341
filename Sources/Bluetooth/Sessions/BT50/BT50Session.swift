import Clocks
import Devices

/// A session with a BT50: longer packets first, since a notification holds four frames; then its settings, and its samples
/// for as long as it has any. A sensor that falls silent is asked something, and given up when it has no answer.
package struct BT50Session: DeviceSession {
    package enum Output: Hashable, Sendable {
        case sessionEvent(SessionEvent)
        /// All that one notification holds, in order, and its bytes as they came; none when the link has ended. The bytes
        /// are the link's, and will be overwritten.
        case readings([BT50Reading], in: ArraySlice<UInt8>)
        /// A register that the sensor does not tell.
        case unreadable(BT50Register)
    }

    package var core = SessionCore(
        SetupPlan(
            mtu: 247, service: BluetoothUUID(short: 0xFFE5), required: [notifyCharacteristic, writeCharacteristic]))
    private var decoder = BT50Decoder()
    private var requests = BT50RequestQueue()
    /// Used again for each notification.
    private var readings: [BT50Reading] = []
    private var battery: Int?
    private var lastReceived: MonotonicTime?
    private var lastBattery: MonotonicTime?
    private var isProbing = false
    private var nextRequest: MonotonicTime?

    private static let notifyCharacteristic = BluetoothUUID(short: 0xFFE4)
    private static let writeCharacteristic = BluetoothUUID(short: 0xFFE9)
    /// Before the sensor is asked whether it is still there, at least, and how long it then has.
    package static let minimumSilenceTimeout = Nanoseconds.seconds(3)
    package static let probeTimeout = Nanoseconds.seconds(2)
    /// As long as nobody knows how often it speaks: it may be set to fill a notification in 20 s.
    package static let defaultSilenceTimeout = Nanoseconds.seconds(25)
    /// Momentary values say nothing of the battery. Asking costs samples, so it is done rarely.
    package static let batteryInterval = Nanoseconds.seconds(60)

    package init() {}

    package static func output(_ notice: SessionEvent) -> Output { .sessionEvent(notice) }

    package var counters: DecoderCounters { decoder.counters }

    /// Sets something, for good, and reads it back. False when too much is being set already, or nobody is connected.
    package mutating func apply(_ setting: BT50Setting) throws(DeviceCommandError) -> Bool {
        guard core.isReady, try requests.set(setting) else { return false }
        return requests.readAfterwards(setting.register)
    }

    package var ownDeadline: MonotonicTime? {
        guard core.isReady else { return nil }
        return [silenceDeadline, nextRequest].compactMap(\.self).min()
    }

    package mutating func handle(_ event: SessionCore.Event, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch event {
        case .sessionEvent: break
        case .ready:
            (lastReceived, lastBattery) = (now, now)
            for register in [BT50Register.returnRate, .mode, .detectionCycle, .firmwareLow, .battery] {
                _ = requests.read(register)
            }
        case .value(_, let value):
            (lastReceived, isProbing) = (now, false)
            readings.removeAll(keepingCapacity: true)
            decoder.feed(value) { readings.append($0) }
            emit(.readings(readings, in: value))
            for place in readings.indices { handle(readings[place], at: now, emit) }
        }
    }

    package mutating func performDueActions(at now: MonotonicTime, _ emit: (Output) -> Void) {
        guard core.isReady else { return }
        if let lastBattery, now - lastBattery >= Self.batteryInterval {
            self.lastBattery = now
            _ = requests.read(.battery)
        }
        if let silenceDeadline, now >= silenceDeadline {
            guard !isProbing else {
                for case .sessionEvent(let notice) in core.terminate(.silent) { emit(.sessionEvent(notice)) }
                return
            }
            isProbing = true
            _ = requests.read(.battery)
        }
        sendRequests(at: now, emit)
    }

    package mutating func linkDidClose(at now: MonotonicTime, _ emit: (Output) -> Void) {
        readings.removeAll(keepingCapacity: true)
        decoder.flush { readings.append($0) }
        if !readings.isEmpty { emit(.readings(readings, in: [])) }
        requests.reset()
        (lastReceived, lastBattery, nextRequest, isProbing) = (nil, nil, nil, false)
    }
}

extension BT50Session {
    /// Three notifications of four frames each that have not come are no accident.
    private var silenceDeadline: MonotonicTime? {
        let patience =
            decoder.sampleInterval.map { max(Self.minimumSilenceTimeout, $0 * 12) } ?? Self.defaultSilenceTimeout
        return lastReceived.map { $0 + patience + (isProbing ? Self.probeTimeout : .zero) }
    }

    private mutating func handle(_ reading: BT50Reading, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch reading {
        case .registers(let registers):
            _ = requests.receive(registers)
            if let centivolts = registers.battery { updateBattery(centivolts, at: now, emit) }
        case .vibration(let sample):
            if let centivolts = sample.battery { updateBattery(centivolts, at: now, emit) }
        case .motion, .cutOff, .rejected: break
        }
    }

    /// Every frame tells the voltage, which trembles. It is told when it has changed by more than that. 0 V means that the
    /// sensor has no cell.
    private mutating func updateBattery(_ centivolts: Int16, at now: MonotonicTime, _ emit: (Output) -> Void) {
        lastBattery = now
        guard centivolts > 0 else { return }
        let percent = BT50Battery.percent(centivolts: centivolts)
        if let battery, abs(battery - percent) < 5 { return }
        battery = percent
        emit(.sessionEvent(.battery(percent)))
    }

    private mutating func sendRequests(at now: MonotonicTime, _ emit: (Output) -> Void) {
        while true {
            switch requests.next(at: now) {
            case .write(let bytes):
                // The vendor's app does not wait for answers either; the pauses are in the queue.
                _ = core.write(bytes, to: Self.writeCharacteristic, prefersAnswer: false)
            case .gaveUp(let register): emit(.unreadable(register))
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
