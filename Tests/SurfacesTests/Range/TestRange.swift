import Clocks
import Events
import JSON
import Network
import Reactor
import Signals
import Store
import Surfaces

@testable import ShootingRange
@testable import Web

/// A fake range: records requests and returns prepared answers.
@ReactorActor
final class TestRange: RangeProvider, TimerCommandSender {
    nonisolated static let sensor = "F8:88:2A:0E:5E:C7"

    var targets: [String: RangeTarget] = [:]
    var assigned: [String: [String]] = [:]
    var thresholds = ImpactThresholds.standard
    /// Stored runs, newest first; a run's number is its index from the end.
    var runs: [RunRecord] = []
    /// The error of the store after that many queries.
    var failure: (after: Int, refusal: RangeError)?
    var isTimerConnected = true
    private(set) var isTimerUsed = true
    private(set) var filters: [RunQuery] = []
    private(set) var edits: [RunEdit] = []
    private(set) var commands: [TimerCommand] = []
    private(set) var timers: [String?] = []
    private(set) var dryRunRequests: [DryRunRequest] = []
    private(set) var upcomingNames = RunNames()

    private let routes = Router()

    init() {
        RangeAPI(self, timers: self).addRoutes(to: routes)
    }

    /// Routes a request as if it came from the network.
    func send(
        _ method: String, _ target: String, _ body: String = "", from host: String = "127.0.0.1"
    ) async throws -> HTTPResponse {
        var parser = HTTPRequestParser()
        let text = "\(method) \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        var input = Array(text.utf8)[...]
        guard case .head(let head)? = try parser.next(&input) else { throw HTTPError(.malformedRequestLine) }
        let request = HTTPRequest(
            head: head, body: Array(body.utf8), peer: try SocketAddress(host: host, port: 1))
        switch routes.respond(to: request) {
        case .response(let response): return response
        case .deferred(let answer):
            return await withCheckedContinuation { continuation in answer.deliver { continuation.resume(returning: $0) }
            }
        case .webSocket: throw HTTPError(.malformedRequestLine)
        }
    }

    /// Why nothing can be saved.
    var saveFailure: String?
    /// Whether saving takes until the test ends it.
    var holdsSaves = false
    private(set) var heldSave: CheckedContinuation<Void, Never>?

    func waitUntilSaved() async -> String? {
        if holdsSaves { await withCheckedContinuation { heldSave = $0 } }
        return saveFailure
    }

    var targetList: [(target: RangeTarget, sensors: [String])] {
        targets.values.sorted { $0.id < $1.id }.map { ($0, assigned[$0.id] ?? []) }
    }

    func addTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeError) {
        guard targets[target.id] == nil else { throw .conflict("it exists already") }
        try putTarget(target, sensors: sensors)
    }

    func putTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeError) {
        targets[target.id] = target
        if let sensors { assigned[target.id] = sensors }
    }

    func removeTarget(_ id: String) throws(RangeError) {
        guard targets.removeValue(forKey: id) != nil else { throw .unknown("there is no target \"\(id)\"") }
    }

    var sensorList: [RangeSensorStatus] {
        [
            RangeSensorStatus(
                id: Self.sensor, name: "Bay 3", target: assigned.first { $0.value == [Self.sensor] }?.key,
                isConnected: true, thresholds: thresholds, limits: MotionLimits(thresholds), rest: nil,
                delay: nil, samples: 0, impacts: 0, rejects: [:], lastImpact: nil, historySpan: .zero, recording: nil)
        ]
    }

    func setThresholds(
        of sensor: String, _ change: (ImpactThresholds) throws(RangeError) -> ImpactThresholds
    ) throws(RangeError) {
        try requireSensor(sensor)
        thresholds = try change(thresholds)
    }

    func assign(_ sensor: String, to target: String?) throws(RangeError) {
        try requireSensor(sensor)
        assigned = target.map { [$0: [sensor]] } ?? [:]
    }

    func calibrate(_ sensor: String, taps: Int?) throws(RangeError) { try requireSensor(sensor) }
    func stopCalibration(of sensor: String) throws(RangeError) { try requireSensor(sensor) }

    func dryRun(_ sensor: String, _ wish: DryRunRequest) async throws(RangeError) -> DryRunResult {
        dryRunRequests.append(wish)
        let outcome = DryRun.run([DryRun.Notification](), thresholds: wish.thresholds)
        return DryRunResult(
            begin: MonotonicTime(nanoseconds: 0), beginWall: nil, span: .zero, thresholds: wish.thresholds,
            outcome: outcome, present: outcome)
    }

    func waveform(
        of sensor: String, span: Nanoseconds, count: Int
    ) throws(RangeError) -> (waveform: Waveform, end: WallTime) {
        try requireSensor(sensor)
        let waveform = Waveform(
            [DryRun.Notification](), rest: nil, span: span, until: MonotonicTime(nanoseconds: 0), count: count)
        return (waveform, WallTime(nanoseconds: 0))
    }

    func startRecording(_ sensor: String, as name: String?) throws(RangeError) -> String {
        try requireSensor(sensor)
        return name ?? "unnamed"
    }

    func stopRecording(_ sensor: String) throws(RangeError) -> RecordingStatus {
        throw .conflict("\"\(sensor)\" is not being recorded")
    }

    func recordingList() async throws(RangeError) -> [RecordingStatus] { [] }

    func recording(_ name: String) async throws(RangeError) -> [UInt8] {
        throw .unknown("there is no recording \"\(name)\"")
    }

    func runs(_ filter: RunQuery) async throws(RangeError) -> RunList {
        filters.append(filter)
        if let failure, filters.count > failure.after { throw failure.refusal }
        let first = max(0, runs.count + 1 - Int(filter.before ?? .max / 2))
        let page = runs[first...].prefix(filter.limit)
        let last = runs.count - (page.endIndex - 1)
        return RunList(Array(page), next: page.endIndex < runs.count ? Int64(last) : nil)
    }

    func run(_ id: String) async throws(RangeError) -> RunRecord {
        guard id == "run_001", let run = runs.last else { throw .unknown("there is no run \"\(id)\"") }
        return run
    }

    func editRun(_ id: String, _ edit: RunEdit) async throws(RangeError) -> RunRecord {
        let run = try await run(id)
        edits.append(edit)
        return run
    }

    func deleteRun(_ id: String) async throws(RangeError) { _ = try await run(id) }

    func editUpcoming(_ edit: RunEdit) {
        edits.append(edit)
        if let shooter = edit.shooter { upcomingNames.shooter = shooter }
    }

    var timerList: [RangeTimerStatus] {
        [
            RangeTimerStatus(
                id: "T", name: "Timer \"1\"", isConnected: isTimerConnected, isUsed: isTimerUsed, battery: nil,
                signal: -60,
                lastSeen: WallTime(nanoseconds: 1_700_000_000_000_000_000), run: "run_001",
                shots: [.milliseconds(1_500), .milliseconds(2_340)])
        ]
    }

    func setTimerInUse(_ id: String, _ used: Bool) throws(RangeError) {
        guard id == "T" else { throw .unknown("there is no timer \"\(id)\"") }
        isTimerUsed = used
    }

    func send(_ order: TimerCommand, to timer: String?) throws(RangeError) {
        timers.append(timer)
        commands.append(order)
    }

    func explanation(of event: UInt64) async throws(RangeError) -> [UInt8] {
        throw .unknown("nothing is known of event \(event)")
    }

    private func requireSensor(_ sensor: String) throws(RangeError) {
        guard sensor == Self.sensor else { throw .unknown("there is no sensor \"\(sensor)\"") }
    }
}

extension HTTPResponse {
    var bodyJSON: JSONValue? { try? JSONValue(parsing: body) }
    /// The message of an error response.
    var errorMessage: String? { bodyJSON?["error"]?.stringValue }

    /// All pieces of a streamed body; nil when the stream breaks off.
    @ReactorActor
    func collected() async -> [[UInt8]]? {
        var pieces: [[UInt8]] = []
        while let stream {
            switch await withCheckedContinuation({ continuation in stream.next { continuation.resume(returning: $0) } })
            {
            case .bytes(let bytes): pieces.append(bytes)
            case .end: return pieces
            case .failed: return nil
            }
        }
        return nil
    }
}

extension RunRecord {
    /// A run with a hit, a repaired shot and a stray hit.
    static func sample(_ number: Int) -> Self {
        RunRecord(
            id: RunID("run_\(number)"), number: Int64(number), timer: DeviceID("T"),
            started: WallTime(nanoseconds: 1_767_225_600_000_000_000), ended: nil, end: .completed,
            shooter: "=A, \"B\"", stage: nil,
            shots: [
                RunShot(
                    number: 1, time: .milliseconds(1_500), split: .milliseconds(1_500), error: .milliseconds(10),
                    isFinal: true),
                RunShot(number: 2, time: .seconds(2), split: .milliseconds(500), isRepaired: true),
            ],
            hits: [
                RunHit(
                    impact: 7, sensor: DeviceID("S"), target: "gong", peakVelocity: 110, time: .milliseconds(1_540),
                    match: .shot(1, delay: .milliseconds(40), error: .milliseconds(9), confidence: 0.9), isFinal: true),
                RunHit(
                    impact: 8, sensor: DeviceID("S"), target: nil, peakVelocity: 90, time: .seconds(9), match: .none,
                    isFinal: true),
            ], summary: RunSummary(shots: 2, time: .seconds(2)), events: [])
    }
}
