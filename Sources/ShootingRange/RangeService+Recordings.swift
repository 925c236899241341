import Clocks
import Events
import Reactor
import Store

/// What sensors sent, kept by name.
extension RangeService {
    /// Begins with what comes from now on. It holds as much as the sensor's memory of the last two minutes.
    package func startRecording(_ sensor: String, as name: String?) throws(RangeError) -> String {
        let id = DeviceID(sensor)
        guard let known = sensors[id] else { throw .conflict("\"\(sensor)\" has sent nothing yet") }
        if let recording = known.recording { throw .conflict("it is being recorded already, as \"\(recording.name)\"") }
        let now = now()
        let name = name ?? "\(sensor)-\(ISO8601.string(now.wall, precision: .seconds).filter { $0 != ":" })"
        guard !name.isEmpty, !name.contains("/") else { throw .invalid("a recording's name must not hold a /") }
        sensors[id]?.recording = (name, now)
        return name
    }

    package func stopRecording(_ sensor: String) throws(RangeError) -> RecordingStatus {
        let id = DeviceID(sensor)
        guard let known = sensors[id], let (name, since) = known.recording else {
            throw .conflict("\"\(sensor)\" is not being recorded")
        }
        sensors[id]?.recording = nil
        let text = SensorRecording.text(known.ring.since(since.monotonic))
        store.put(.recording(StoredRecording(name: name, sensor: sensor, started: since.wall, body: text)))
        return RecordingStatus(name: name, sensor: sensor, started: since.wall, bytes: text.count)
    }

    package func recordingList() async throws(RangeError) -> [RecordingStatus] {
        try await readStore { () throws(StoreError) in try await store.recordings() }.map {
            RecordingStatus(name: $0.name, sensor: $0.sensor, started: $0.started, bytes: $0.bytes)
        }
    }

    package func recording(_ name: String) async throws(RangeError) -> [UInt8] {
        let body = try await readStore { () throws(StoreError) in try await store.recording(name) }
        guard let body else { throw .unknown("there is no recording \"\(name)\"") }
        return body
    }

    /// Asks the store; what ails it becomes an answer.
    func readStore<Answer: Sendable>(
        _ question: @ReactorActor () async throws(StoreError) -> Answer
    ) async throws(RangeError) -> Answer {
        do {
            return try await question()
        } catch {
            throw .unavailable("\(error)")
        }
    }
}
