import Clocks
import Events
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
    package enum Trigger: String, Sendable {
        case request, swing
    }

    package struct Active: Sendable {
        package let name: String
        package let trigger: Trigger
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
    private var active: [DeviceID: Active] = [:]
    private var detectors: [DeviceID: SwingDetector] = [:]
    private var lastID: Int64 = 0

    package init(_ store: DataStore, recordsSwings: Bool) {
        self.store = store
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
        return stored
    }

    /// Call it when the buffer of a phone has new samples.
    func update(_ phone: PhoneService.Phone, _ readings: [MotionEvent.Reading], at moment: Moment) {
        if let recording = active[phone.id], isFull(recording, phone.buffer) { finish(phone, at: moment) }
        guard recordsSwings else { return }
        for outcome in detectors[phone.id, default: SwingDetector()].receive(readings) {
            switch outcome {
            case .began(let time) where active[phone.id] == nil:
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
        _ phone: PhoneService.Phone, name: String?, _ trigger: Trigger, at begin: WallTime, _ moment: Moment
    ) {
        let given = name ?? ""
        active[phone.id] = Active(
            name: given.isEmpty ? (trigger == .swing ? "Swing" : "Recording") : given, trigger: trigger, begin: begin,
            started: moment.wall - max(.zero, (phone.buffer.newest ?? begin) - begin))
        Log.info("Recording of the phone \(phone.id) started: \(trigger.rawValue)", ["SOURCE": phone.id.text])
    }

    private func finish(_ phone: PhoneService.Phone, at moment: Moment) {
        guard let stored = try? stop(phone, at: moment) else { return }
        Log.info(
            "Recording \(stored.id) of the phone \(phone.id): \(stored.samples) samples", ["SOURCE": phone.id.text])
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
        _ = try await entry(id)
        store.put(.deleteMotion(id))
    }

    /// Without its samples.
    package func entry(_ id: String) async throws(PhoneRecordingError) -> StoredMotion {
        guard let entry = try await list().first(where: { $0.id == id }) else { throw .unknownRecording(id) }
        return entry
    }
}
