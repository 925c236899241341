import Clocks

/// One change to the collections other than events.
package enum StoreWrite: Hashable, Sendable {
    case run(StoredRun)
    case deleteRun(String)
    /// JSON under a name; nil deletes it.
    case document(DocumentKind, name: String, body: [UInt8]?)
    /// How an event came about, as JSON.
    case explanation(event: UInt64, body: [UInt8])
    /// One input of the run in progress, from which the run is rebuilt after a restart.
    case input(number: Int64, body: [UInt8])
    /// The run has ended, and its inputs are not needed any more.
    case deleteInputs(through: Int64)
    case recording(StoredRecording)
    case workout(StoredWorkout)
    case workoutChange(WorkoutChange)
    /// With its frames.
    case deleteWorkout(String)
    case frames(StoredFrames)
    case motion(StoredMotion)
    case renameMotion(String, to: String)
    case deleteMotion(String)

    /// Identifies what is changed: a later change with the same key replaces an earlier one.
    enum Key: Hashable, Sendable {
        case run(String)
        case document(DocumentKind, String)
        case explanation(UInt64)
        case input(Int64)
        case deletedInputs
        case recording(String)
        case workout(String)
        case workoutChange(String, UInt64)
        case deletedWorkout(String)
        case frames(String, Int64)
        case motion(String)
        case nameOfMotion(String)
    }

    var key: Key {
        switch self {
        case .run(let run): .run(run.id)
        case .deleteRun(let id): .run(id)
        case .document(let kind, let name, _): .document(kind, name)
        case .explanation(let event, _): .explanation(event)
        case .input(let number, _): .input(number)
        case .deleteInputs: .deletedInputs
        case .recording(let recording): .recording(recording.name)
        case .workout(let workout): .workout(workout.id)
        case .workoutChange(let change): .workoutChange(change.id, change.number)
        case .deleteWorkout(let id): .deletedWorkout(id)
        case .frames(let frames): .frames(frames.workout, frames.first)
        case .motion(let motion): .motion(motion.id)
        case .renameMotion(let id, _): .nameOfMotion(id)
        case .deleteMotion(let id): .motion(id)
        }
    }

    /// Essential changes are committed at once and dropped last. The others only help to understand what happened, or
    /// are many.
    package var isEssential: Bool {
        switch self {
        case .run, .deleteRun, .document, .input, .deleteInputs, .workout, .workoutChange, .deleteWorkout, .motion,
            .renameMotion, .deleteMotion:
            true
        case .explanation, .recording, .frames: false
        }
    }

    /// What it costs in memory: its bytes, and an allowance for what surrounds them.
    package var weight: Int {
        let bytes =
            switch self {
            case .run(let run): run.body.count
            case .document(_, _, let body): body?.count ?? 0
            case .explanation(_, let body), .input(_, let body): body.count
            case .recording(let recording): recording.body.count
            case .workout(let workout): workout.document.bytes
            case .workoutChange(let change): change.members.bytes
            case .frames(let frames): frames.bytes.count
            case .motion(let motion): motion.body.count
            case .deleteRun, .deleteInputs, .deleteWorkout, .renameMotion, .deleteMotion: 0
            }
        return bytes + 128
    }
}

/// The kinds of named documents. The raw values are stored.
package enum DocumentKind: String, CaseIterable, Sendable {
    case target
    case sensor
    /// What belongs to the range as a whole.
    case range
    /// A known device, by its id.
    case device
    /// The speed at which a serial device was recognised, by its identity.
    case serialRate = "serial_rate"
    /// Leagues and stages, what is chosen of them, and the numbers of devices.
    case stagePlan = "stage_plan"
}

package struct StoredDocument: Hashable, Sendable {
    package let kind: DocumentKind
    package let name: String
    package let body: [UInt8]

    package init(kind: DocumentKind, name: String, body: [UInt8]) {
        self.kind = kind
        self.name = name
        self.body = body
    }
}

/// A run: the columns that runs are found by, and all of it as JSON.
package struct StoredRun: Hashable, Sendable {
    package let id: String
    /// Increases from run to run, over all restarts.
    package let number: Int64
    package let started: WallTime
    package let timer: String
    package let shooter: String?
    package let stage: String?
    package let state: String
    package let body: [UInt8]

    package init(
        id: String, number: Int64, started: WallTime, timer: String, shooter: String?, stage: String?, state: String,
        body: [UInt8]
    ) {
        self.id = id
        self.number = number
        self.started = started
        self.timer = timer
        self.shooter = shooter
        self.stage = stage
        self.state = state
        self.body = body
    }
}

/// The bytes that a sensor sent over a period.
package struct StoredRecording: Hashable, Sendable {
    package let name: String
    package let sensor: String
    package let started: WallTime
    package let body: [UInt8]

    package init(name: String, sensor: String, started: WallTime, body: [UInt8]) {
        self.name = name
        self.sensor = sensor
        self.started = started
        self.body = body
    }
}
