import Clocks
import Devices

/// The session of a BT50 sensor: negotiates a longer MTU, because a notification holds four frames, reads the settings,
/// and receives samples. A silent sensor is probed, and disconnected if it does not answer.
package struct BT50Session: DeviceSession {
    package enum Output: Hashable, Sendable {
        case sessionEvent(SessionEvent)
        /// The contents of one notification, in order, with its bytes, which are valid only during the call. The bytes
        /// are empty for the rest that is flushed when the link ends.
        case readings([BT50Reading], in: ArraySlice<UInt8>)
        /// The sensor does not answer for this register.
        case unreadable(BT50Register)
    }

    package var core = SessionCore(
        SetupPlan(
            mtu: 247, service: BluetoothUUID(short: 0xFFE5), required: [notifyCharacteristic, writeCharacteristic]))
    private var decoder = BT50Decoder()
    private var requests = BT50RequestQueue()
    /// Reused for each notification.
    private var readings: [BT50Reading] = []
    private var battery: Int?
    private var lastReceived: MonotonicTime?
    private var lastBattery: MonotonicTime?
    private var isProbing = false
    private var nextRequest: MonotonicTime?

    private static let notifyCharacteristic = BluetoothUUID(short: 0xFFE4)
    private static let writeCharacteristic = BluetoothUUID(short: 0xFFE9)
    /// How long a sensor may be silent before it is probed, at least, and how long the probe may take.
    package static let minimumSilenceTimeout = Nanoseconds.seconds(3)
    package static let probeTimeout = Nanoseconds.seconds(2)
    /// While the sample rate is unknown: the slowest one fills a notification in 20 s.
    package static let defaultSilenceTimeout = Nanoseconds.seconds(25)
    /// Momentary values do not contain the battery voltage. A request costs samples, so it is rare.
    package static let batteryInterval = Nanoseconds.seconds(60)

    package init() {}

    package static func output(_ event: SessionEvent) -> Output { .sessionEvent(event) }

    package var counters: DecoderCounters { decoder.counters }

    /// Stores a setting in the sensor and reads it back.
    package mutating func perform(_ command: DeviceCommand) throws(SessionCommandError) {
        guard case .sensor(let setting) = command else { throw .unsupported }
        guard core.isReady else { throw .notConnected }
        let isQueued: Bool
        do throws(DeviceCommandError) { isQueued = try requests.set(setting) } catch { throw .invalidValue(error) }
        guard isQueued, requests.readAfterwards(setting.register) else { throw .queueFull }
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
                return terminate(.silent, emit)
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
    /// Three missing notifications of four frames each.
    private var silenceDeadline: MonotonicTime? {
        let timeout =
            decoder.sampleInterval.map { max(Self.minimumSilenceTimeout, $0 * 12) } ?? Self.defaultSilenceTimeout
        return lastReceived.map { $0 + timeout + (isProbing ? Self.probeTimeout : .zero) }
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

    /// Each frame has the battery voltage, which is noisy; changes below 5 % are not reported. 0 V means that there is
    /// no battery.
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
                // Like the vendor's app, do not wait for responses. The queue paces the writes.
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
    /// The register that holds the setting.
    fileprivate var register: BT50Register {
        switch self {
        case .rate: .returnRate
        case .nowData: .mode
        case .cutOffFrequency: .cutOffFrequency
        case .detectionCycle: .detectionCycle
        }
    }
}
