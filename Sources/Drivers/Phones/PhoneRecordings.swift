import Clocks
import Events
import Hub
import Logging
import Reactor
import Signals
import Store

/// Why a request for a recording was rejected.
package enum PhoneRecordingError: Error, Equatable {
    case unknownRecording(String)
    case alreadyRecording
    case notRecording
    case unavailable(String)
}

/// Recordings of phones: started and stopped by request, or by swings. Their samples come from the phone's buffer, in which
/// late messages are in their places already.
@ReactorActor
package final class PhoneRecordings {
    package struct Active: Sendable {
        package let name: String
        package let trigger: RecordingEvent.Trigger
        /// By the phone's clock.
        package let begin: WallTime
        /// By the gateway's.
        package let started: WallTime
    }

    /// A little less than the buffer holds.
    package nonisolated static let maximumDuration = Nanoseconds.seconds(50)
    private nonisolated static let maximumSamples = 15_000
    /// How much of what was before a swing belongs to its recording.
    private nonisolated static let beforeSwing = Nanoseconds.seconds(2)

    /// Whether swings are recorded.
    package var recordsSwings: Bool
    private let store: DataStore
    private let hub: Hub
    private let log = ThrottledLog()
    private var active: [DeviceID: Active] = [:]
    private var detectors: [DeviceID: (detector: SwingDetector, limit: SwingLimit)] = [:]
    private var lastID: Int64 = 0

    package init(_ store: DataStore, hub: Hub, recordsSwings: Bool) {
        self.store = store
        self.hub = hub
        self.recordsSwings = recordsSwings
    }

    package subscript(phone: DeviceID) -> Active? { active[phone] }

    /// - Parameter before: how much of what is already in the buffer belongs to the recording.
    package func start(
        _ phone: PhoneService.Phone, name: String?, before: Nanoseconds, at moment: Moment
    ) throws(PhoneRecordingError) {
        guard active[phone.id] == nil else { throw .alreadyRecording }
        begin(phone, name: name, .request, at: (phone.buffer.newest ?? moment.wall) - before, moment)
    }

    @discardableResult
    package func stop(_ phone: PhoneService.Phone, at moment: Moment) throws(PhoneRecordingError) -> StoredMotion {
        guard let recording = active.removeValue(forKey: phone.id) else { throw .notRecording }
        let samples = MotionSamples { phone.buffer.samples(of: $0, from: recording.begin) }
        let end = phone.buffer.newest ?? recording.begin
        lastID = max(lastID + 1, moment.wall.nanoseconds / 1_000_000)
        let stored = StoredMotion(
            id: "\(lastID)", name: recording.name, phone: phone.id.text, session: phone.session,
            started: recording.started, duration: max(.zero, end - recording.begin), samples: samples.count,
            trigger: recording.trigger.rawValue, body: samples.bytes)
        store.put(.motion(stored))
        let summary = RecordingEvent.Stored(
            id: stored.id, name: stored.name, trigger: recording.trigger, samples: stored.samples,
            duration: stored.duration)
        publish(phone.id, .stored(summary), at: moment)
        return stored
    }

    /// Call it when the buffer of a phone has new samples.
    func update(_ phone: PhoneService.Phone, _ readings: [MotionEvent.Reading], at moment: Moment) {
        if let recording = active[phone.id], isFull(recording, phone.buffer) { finish(phone, at: moment) }
        guard recordsSwings else { return }
        for outcome in detectors[phone.id, default: (SwingDetector(), SwingLimit())].detector.receive(readings) {
            switch outcome {
            case .began(let time) where active[phone.id] == nil:
                guard detectors[phone.id]?.limit.admits(at: moment.monotonic) == true else {
                    log.warning(
                        "swings", "The phone \(phone.id) has too many swings: this one is not recorded",
                        ["SOURCE": phone.id.text])
                    continue
                }
                publish(phone.id, .swing(at: time), at: moment)
                begin(phone, name: nil, .swing, at: time - Self.beforeSwing, moment)
            case .ended where active[phone.id]?.trigger == .swing: finish(phone, at: moment)
            default: break
            }
        }
    }

    /// The phone has made room for another one, or sends no longer.
    func end(_ phone: PhoneService.Phone, at moment: Moment) {
        if active[phone.id] != nil { finish(phone, at: moment) }
        detectors[phone.id] = nil
    }

    private func begin(
        _ phone: PhoneService.Phone, name: String?, _ trigger: RecordingEvent.Trigger, at begin: WallTime,
        _ moment: Moment
    ) {
        let given = name ?? ""
        let name = given.isEmpty ? (trigger == .swing ? "Swing" : "Recording") : given
        active[phone.id] = Active(
            name: name, trigger: trigger, begin: begin,
            started: moment.wall - max(.zero, (phone.buffer.newest ?? begin) - begin))
        publish(phone.id, .started(name: name, trigger), at: moment)
        Log.info("Recording of the phone \(phone.id) started: \(trigger.rawValue)", ["SOURCE": phone.id.text])
    }

    private func finish(_ phone: PhoneService.Phone, at moment: Moment) {
        guard let stored = try? stop(phone, at: moment) else { return }
        Log.info(
            "Recording \(stored.id) of the phone \(phone.id): \(stored.samples) samples", ["SOURCE": phone.id.text])
    }

    private func publish(_ phone: DeviceID, _ change: RecordingEvent.Change, at moment: Moment) {
        hub.publish(.recording(RecordingEvent(phone: phone, change: change)), at: moment)
    }

    /// What the buffer is about to lose must be stored before. A clock that was set back begins a new buffer.
    private func isFull(_ recording: Active, _ buffer: MotionBuffer) -> Bool {
        guard let newest = buffer.newest else { return true }
        if newest < recording.begin || newest - recording.begin >= Self.maximumDuration { return true }
        return buffer.quantities.contains { quantity in
            buffer.samples(of: quantity, from: recording.begin).count >= Self.maximumSamples
        }
    }

    // MARK: Stored recordings

    package func list() async throws(PhoneRecordingError) -> [StoredMotion] {
        do throws(StoreError) { return try await store.motions() } catch { throw .unavailable("\(error)") }
    }

    package func recording(_ id: String) async throws(PhoneRecordingError) -> StoredMotion {
        let found: StoredMotion?
        do throws(StoreError) { found = try await store.motion(id) } catch { throw .unavailable("\(error)") }
        guard let found else { throw .unknownRecording(id) }
        return found
    }

    package func rename(_ id: String, to name: String) async throws(PhoneRecordingError) {
        _ = try await entry(id)
        store.put(.renameMotion(id, to: name))
    }

    package func delete(_ id: String) async throws(PhoneRecordingError) {
        let recording = try await entry(id)
        store.put(.deleteMotion(id))
        publish(DeviceID(recording.phone), .deleted(id: id, name: recording.name), at: .now())
    }

    /// Without its samples.
    package func entry(_ id: String) async throws(PhoneRecordingError) -> StoredMotion {
        guard let entry = try await list().first(where: { $0.id == id }) else { throw .unknownRecording(id) }
        return entry
    }
}

/// How many swings of a phone are recorded: one message can contain thousands, and their recordings are never dropped.
package struct SwingLimit: Sendable {
    /// Swings that arrive together after an outage.
    package static let burst = 16
    private static let rate = TokenBucket.Rate(perSecond: 1, burst: burst)

    private var bucket = TokenBucket()

    package init() {}

    package mutating func admits(at now: MonotonicTime) -> Bool { bucket.spend(at: now, Self.rate) == nil }
}
