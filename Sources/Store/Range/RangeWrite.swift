import Clocks

/// One change to the range's book.
package enum RangeWrite: Hashable, Sendable {
    case run(StoredRun)
    case forgetRun(String)
    /// What is remembered under a name, as JSON; nil forgets it.
    case document(DocumentKind, name: String, body: [UInt8]?)
    /// How an event came about, as JSON.
    case explanation(event: UInt64, body: [UInt8])
    /// Something that the run at hand is made of, so that it can be made again after a restart.
    case input(number: Int64, body: [UInt8])
    /// The run is made; what it was made of is not needed any more.
    case forgetInputs(through: Int64)
    case recording(StoredRecording)

    /// What a later change to the same thing replaces.
    enum Key: Hashable, Sendable {
        case run(String)
        case document(DocumentKind, String)
        case explanation(UInt64)
        case input(Int64)
        case forgottenInputs
        case recording(String)
    }

    var key: Key {
        switch self {
        case .run(let run): .run(run.id)
        case .forgetRun(let id): .run(id)
        case .document(let shelf, let name, _): .document(shelf, name)
        case .explanation(let event, _): .explanation(event)
        case .input(let number, _): .input(number)
        case .forgetInputs: .forgottenInputs
        case .recording(let recording): .recording(recording.name)
        }
    }

    /// What waits no longer than it must, and is kept as long as there is any room. The rest helps to understand things.
    package var isEssential: Bool {
        switch self {
        case .run, .forgetRun, .document, .input, .forgetInputs: true
        case .explanation, .recording: false
        }
    }

    /// What it costs in memory, with an allowance for what surrounds its bytes.
    package var weight: Int {
        let bytes =
            switch self {
            case .run(let run): run.body.count
            case .document(_, _, let body): body?.count ?? 0
            case .explanation(_, let body), .input(_, let body): body.count
            case .recording(let recording): recording.body.count
            case .forgetRun, .forgetInputs: 0
            }
        return bytes + 128
    }
}

/// What kinds of things are remembered by name.
package enum DocumentKind: String, CaseIterable, Sendable {
    case target
    case sensor
    /// What belongs to the range as a whole.
    case range
}

/// A run as it lies in the book: what runs are found by, and all of it as JSON.
package struct StoredRun: Hashable, Sendable {
    package let id: String
    /// Counted up from run to run, for ever.
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

/// What a sensor sent over a while, byte by byte.
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
