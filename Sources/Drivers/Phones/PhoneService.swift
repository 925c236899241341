import Clocks
import Devices
import Events
import Hub
import Logging
import Metrics
import Reactor
import Signals

/// Receives the messages of phones with the Sensor Logger app and publishes their motion. Each phone has a buffer of its
/// latest samples and an estimate of its clock.
@ReactorActor
package final class PhoneService {
    package struct Phone {
        package let id: DeviceID
        package fileprivate(set) var session: String?
        package fileprivate(set) var buffer = MotionBuffer()
        package fileprivate(set) var clock = PhoneClock()
        package fileprivate(set) var lastMessage: MonotonicTime
        package fileprivate(set) var messages = 0
        /// Messages that arrived before: an app that sends by two ways, or repeats what was not answered.
        package fileprivate(set) var repeatedMessages = 0
        fileprivate var recentMessages = RecentMessages()
        fileprivate var isConnected = false

        /// Returns false for a message that arrived before.
        fileprivate mutating func receive(_ message: PhoneMessage, at moment: Moment) -> Bool {
            lastMessage = moment.monotonic
            session = message.sessionID
            guard recentMessages.insert(message.sessionID, message.messageID) else {
                repeatedMessages += 1
                return false
            }
            messages += 1
            return true
        }

        /// Returns whether it was before.
        fileprivate mutating func markConnected() -> Bool {
            defer { isConnected = true }
            return isConnected
        }

        fileprivate mutating func receive(_ readings: [MotionEvent.Reading], at moment: Moment) {
            guard let newest = readings.last?.time else { return }
            clock.receive(newest: newest, arrived: moment.wall)
            buffer.insert(readings)
        }
    }

    package nonisolated static let maximumPhones = 32
    /// Phones send once per batch period of the app, which is at most some seconds.
    private nonisolated static let silentAfter = Nanoseconds.seconds(10)

    package let recordings: PhoneRecordings
    private let devices: DeviceRegistry
    private let hub: Hub
    private let metrics: MetricsRegistry
    private let timers: TimerQueue
    private let log = ThrottledLog()
    private let accepted: Counter
    private var phonesByID: [DeviceID: Phone] = [:]
    /// Of all phones: those with the same version of the app write the same text.
    private var patterns = PhoneReadingPatterns()
    private var silenceTimer: TimerQueue.Token?

    package init(
        devices: DeviceRegistry, recordings: PhoneRecordings, hub: Hub, metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.recordings = recordings
        self.devices = devices
        self.hub = hub
        self.metrics = metrics
        self.timers = timers
        accepted = metrics.counter("leadville_phone_messages_total", "Messages of phones accepted.")
    }

    /// In the order of their ids.
    package var phones: [Phone] { phonesByID.values.sorted { $0.id.text < $1.id.text } }

    package subscript(id: DeviceID) -> Phone? { phonesByID[id] }

    /// Receives one message.
    /// - Parameter source: identifies a phone whose messages do not.
    package func receive(
        _ bytes: ArraySlice<UInt8>, from source: String, at moment: Moment
    ) throws(PhoneMessageError) {
        let message: PhoneMessage
        do throws(PhoneMessageError) {
            message = try PhoneMessage(parsing: bytes, &patterns)
        } catch {
            reject(error.reason.rawValue)
            log.warning(
                error.reason.rawValue, "Message of the phone at \(source) rejected: \(error)", ["SOURCE": source])
            throw error
        }
        for error in message.rejectedReadings { reject(error.reason.rawValue) }
        receive(message, from: source, at: moment)
    }

    private func receive(_ message: PhoneMessage, from source: String, at moment: Moment) {
        let id = DeviceID(message.deviceID ?? "phone-\(source)")
        guard isUsed(id, at: moment), let place = place(of: id, at: moment) else { return }
        // In place, so that neither the buffer nor the set of recent messages is copied.
        let isNew = phonesByID.values[place].receive(message, at: moment)
        let wasConnected = phonesByID.values[place].markConnected()
        defer {
            if !wasConnected { devices.markConnected(id, at: moment) }
            watchForSilence()
        }
        guard isNew else { return }
        accepted.add()
        devices.countAccepted(id, count: message.readings.count, at: moment)
        if let level = message.batteryLevel { devices.updateBattery(id, percent: level, at: moment) }
        let motion = PhoneMotion(of: message)
        let readings = motion.readings
        for _ in 0..<motion.incomplete { reject("missing_axis") }
        phonesByID.values[place].receive(readings, at: moment)
        guard !readings.isEmpty else { return }
        recordings.update(phonesByID.values[place], readings, at: moment)
        let event = MotionEvent(
            phone: id, session: message.sessionID, message: message.messageID.map { Int($0) }, readings: readings)
        hub.publish(.motion(event), at: moment)
    }

    private func isUsed(_ id: DeviceID, at moment: Moment) -> Bool {
        let adoption = devices.recordSighting(
            id, family: .sensorLogger, name: nil, transport: .network, signal: nil, at: moment)
        guard adoption != .use else { return true }
        reject("not_adopted")
        return false
    }

    /// Where the phone is kept. The one that has been silent longest makes room for a new one; nil if there is none.
    private func place(of id: DeviceID, at moment: Moment) -> Dictionary<DeviceID, Phone>.Index? {
        if let place = phonesByID.index(forKey: id) { return place }
        if phonesByID.count >= Self.maximumPhones {
            let silent = phonesByID.values.filter { !$0.isConnected }
            guard let oldest = silent.min(by: { $0.lastMessage < $1.lastMessage }) else {
                reject("too_many_phones")
                return nil
            }
            recordings.end(oldest, at: .now())
            phonesByID[oldest.id] = nil
        }
        phonesByID[id] = Phone(id: id, lastMessage: moment.monotonic)
        return phonesByID.index(forKey: id)
    }

    private func reject(_ reason: String) {
        metrics.counter(
            "leadville_phone_rejects_total", "Messages and readings of phones rejected, by reason.", ["reason": reason]
        ).add()
    }

    // MARK: Silence

    private func watchForSilence() {
        guard silenceTimer == nil else { return }
        silenceTimer = timers.after(Self.silentAfter) { [weak self] in
            self?.silenceTimer = nil
            self?.checkForSilence()
        }
    }

    private func checkForSilence() {
        let moment = Moment(monotonic: timers.now, wall: SystemClock.wall())
        for (id, phone) in phonesByID where phone.isConnected {
            if moment.monotonic - phone.lastMessage >= Self.silentAfter {
                phonesByID[id]?.isConnected = false
                recordings.end(phone, at: moment)
                devices.markDisconnected(id, .silent, at: moment)
            } else {
                watchForSilence()
            }
        }
    }

    package func close() {
        if let timer = silenceTimer.take() { timers.cancel(timer) }
        for phone in phonesByID.values { recordings.end(phone, at: .now()) }
    }
}

/// The latest messages of a phone, by recording and number.
private struct RecentMessages {
    private struct Key: Hashable {
        let session: String?
        let number: Int64
    }

    private static let maximum = 256
    private var keys: Set<Key> = []
    private var order: [Key] = []

    /// Returns false for a repetition. A message without a number is never one.
    mutating func insert(_ session: String?, _ number: Int64?) -> Bool {
        guard let number else { return true }
        let key = Key(session: session, number: number)
        guard keys.insert(key).inserted else { return false }
        order.append(key)
        if order.count > 2 * Self.maximum {
            for key in order.prefix(Self.maximum) { keys.remove(key) }
            order.removeFirst(Self.maximum)
        }
        return true
    }
}

extension PhoneMessage {
    /// In percent.
    fileprivate var batteryLevel: Int? {
        guard let level = battery?["batteryLevel"]?.number, (0...1).contains(level) else { return nil }
        return Int((level * 100).rounded())
    }
}
