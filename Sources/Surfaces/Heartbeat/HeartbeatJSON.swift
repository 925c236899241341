import Clocks
import JSON
import Signals
import Web

/// One statement of the heartbeat API.
struct HeartbeatRecord {
    enum State: String {
        case running
        /// The sensor sends nothing.
        case stale
    }

    let time: WallTime
    let rate: Int?
    let variability: Double?
    let stress: Double
    /// Blood pressure; nil unless simulated, because no sensor measures it.
    let systolic: Int?
    let diastolic: Int?
    let state: State

    init(_ sample: HeartbeatModel.Sample, at time: WallTime) {
        self.time = time
        rate = sample.rate
        variability = sample.variability
        stress = sample.stress
        systolic = sample.systolic
        diastolic = sample.diastolic
        state = .running
    }

    /// - Parameter sample: nil if the sensor is silent.
    init(_ sample: HeartbeatSensor.Sample?, at time: WallTime) {
        self.time = time
        rate = sample?.rate
        variability = sample?.variability
        stress = sample?.stress ?? 0
        systolic = nil
        diastolic = nil
        state = sample == nil ? .stale : .running
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("timestamp")
        writer.string { ISO8601.append(time, to: &$0) }
        writer.member("bpm", orNull: rate)
        writer.key("variability")
        if let variability { writer.number(variability) } else { writer.null() }
        writer.member("systolic", orNull: systolic)
        writer.member("diastolic", orNull: diastolic)
        writer.member("stress_level", stress)
        writer.member("state", state.rawValue)
        writer.endObject()
    }
}

/// The latest records of a heart, for pages that are opened later. A ring that is allocated once.
struct HeartbeatHistory {
    /// Two minutes.
    static let capacity = 240

    private var ring: [HeartbeatRecord] = []
    private var next = 0

    mutating func add(_ record: HeartbeatRecord) {
        if ring.count < Self.capacity {
            if ring.isEmpty { ring.reserveCapacity(Self.capacity) }
            ring.append(record)
        } else {
            ring[next] = record
            next = (next + 1) % Self.capacity
        }
    }

    /// Oldest first.
    var records: [HeartbeatRecord] { Array(ring[next...] + ring[..<next]) }
}

/// An error of the heartbeat API, in the original's shapes.
struct HeartbeatError: Error {
    let response: HTTPResponse

    static func invalid(_ problems: [QueryParameters.Problem]) -> Self { Self(response: .invalidParameters(problems)) }

    static func badRequest(_ error: String, _ message: String? = nil) -> Self {
        Self(response: response(.badRequest, error, message))
    }

    static let noData = Self(
        response: response(.notFound, "No data available", "Start simulation first using POST /simulation/start"))
    static let notRunning = Self(
        response: response(
            .badRequest, "Simulation not running", "Start simulation first using POST /simulation/start"))
    static let tooManyPersons = Self(
        response: response(
            .serviceUnavailable, "Too many persons",
            "\(HeartbeatPersons.maximum) simulations run; stop one, or use an existing person"))

    private static func response(_ status: HTTPStatus, _ error: String, _ message: String?) -> HTTPResponse {
        .object(status: status) { writer in
            writer.member("error", error)
            if let message { writer.member("message", message) }
        }
    }
}

/// The name that the API gives to a resting rate.
enum HeartbeatProfile {
    static func name(of baseline: Int) -> String {
        switch baseline {
        case ..<60: "athlete"
        case ..<80: "average"
        default: "elevated"
        }
    }

    /// The finer scale of `/input/set-normal-heartrate`.
    static func fineName(of baseline: Int) -> String {
        80..<100 ~= baseline ? "above_average" : name(of: baseline)
    }
}
