import Bluetooth
import Clocks
import Devices
import Drivers
import Events
import Reactor
import Signals
import Store

/// The range as the API sees it.
@ReactorActor
package protocol RangeProvider: AnyObject {
    /// All targets with their sensors.
    var targetList: [(target: RangeTarget, sensors: [String])] { get }
    func addTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeError)
    func putTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeError)
    func removeTarget(_ id: String) throws(RangeError)

    var sensorList: [RangeSensorStatus] { get }
    func setThresholds(
        of sensor: String, _ change: (ImpactThresholds) throws(RangeError) -> ImpactThresholds
    ) throws(RangeError)
    func assign(_ sensor: String, to target: String?) throws(RangeError)
    /// Discards the sensor's rest level and delay, so that they are learned again. With a number of taps, the target has to
    /// be tapped that many times, which sets the thresholds.
    func calibrate(_ sensor: String, taps: Int?) throws(RangeError)
    /// Ends the wait for taps, if there is one, and leaves the thresholds as they were.
    func stopCalibration(of sensor: String) throws(RangeError)
    func dryRun(_ sensor: String, _ request: DryRunRequest) async throws(RangeError) -> DryRunResult
    /// How strongly the sensor's target moved in the last seconds, in so many intervals, until the moment.
    func waveform(
        of sensor: String, span: Nanoseconds, count: Int
    ) throws(RangeError) -> (waveform: Waveform, end: WallTime)

    func startRecording(_ sensor: String, as name: String?) throws(RangeError) -> String
    func stopRecording(_ sensor: String) throws(RangeError) -> RecordingStatus
    func recordingList() async throws(RangeError) -> [RecordingStatus]
    func recording(_ name: String) async throws(RangeError) -> [UInt8]

    func runs(_ filter: RunQuery) async throws(RangeError) -> RunList
    func run(_ id: String) async throws(RangeError) -> RunRecord
    func editRun(_ id: String, _ edit: RunEdit) async throws(RangeError) -> RunRecord
    func deleteRun(_ id: String) async throws(RangeError)
    /// The names of the next run.
    var upcomingNames: RunNames { get }
    func editUpcoming(_ edit: RunEdit)

    var timerList: [RangeTimerStatus] { get }
    /// Whether the gateway connects to the timer.
    func setTimerInUse(_ id: String, _ used: Bool) throws(RangeError)

    /// Returns when all changes so far are on the disk, or why they are not.
    func waitUntilSaved() async -> String?

    /// How an event was derived, as JSON.
    func explanation(of event: UInt64) async throws(RangeError) -> [UInt8]
}

/// Sends commands to timers on behalf of the API.
@ReactorActor
package protocol TimerCommandSender {
    /// Sends a command; a nil timer means the only connected one.
    func send(_ command: TimerCommand, to timer: String?) throws(RangeError)
}

/// Sends commands through the Bluetooth connections.
package struct TimerCommander: TimerCommandSender {
    private let bluetooth: BluetoothManager?

    /// - Parameter bluetooth: nil if Bluetooth is disabled.
    package init(_ bluetooth: BluetoothManager?) {
        self.bluetooth = bluetooth
    }

    package func send(_ command: TimerCommand, to timer: String?) throws(RangeError) {
        guard let bluetooth else { throw .unavailable("Bluetooth is disabled, so timers cannot receive commands") }
        do {
            try bluetooth.send(AMGCommand(command), to: timer.map { DeviceID($0) })
        } catch {
            switch error {
            case .noTimer:
                throw .unknown(timer.map { "no timer \"\($0)\" is connected" } ?? "no timer is connected")
            case .ambiguous: throw .conflict("more than one timer is connected: name one")
            case .rejected(let reason): throw .conflict("\(reason)")
            }
        }
    }
}

extension AMGCommand {
    fileprivate init(_ command: TimerCommand) {
        self =
            switch command {
            case .start: .start
            case .stop: .stop
            case .sensitivity(let level): .setSensitivity(level)
            case .requestShots: .requestString
            case .requestScreen: .requestScreen
            }
    }
}

package enum TimerCommand: Hashable, Sendable {
    case start
    case stop
    case sensitivity(Int)
    /// Requests the shots of the latest string; missed shots are recovered from the answer.
    case requestShots
    /// Requests the content of the timer's screen.
    case requestScreen
}

/// A change of a run by an operator. Nil leaves a value unchanged.
package struct RunEdit: Hashable, Sendable {
    /// The inner nil removes the name.
    package var shooter: String??
    package var stage: String??
    /// In seconds.
    package var parTimes: [Double]?

    package init() {}

    package var isEmpty: Bool { shooter == nil && stage == nil && parTimes == nil }
}

package struct RunList: Hashable, Sendable {
    package let runs: [RunRecord]
    /// Where the next page starts; nil if this is the last one.
    package let next: Int64?

    package init(_ runs: [RunRecord], next: Int64?) {
        self.runs = runs
        self.next = next
    }
}

package struct DryRunRequest: Hashable, Sendable {
    /// Nil for the sensor's recent samples.
    package var recording: String?
    package var thresholds: ImpactThresholds
    /// The age of the oldest recent samples to use.
    package var span: Nanoseconds?

    package init(_ thresholds: ImpactThresholds) {
        self.thresholds = thresholds
    }
}

package struct DryRunResult: Sendable {
    package let begin: MonotonicTime
    /// When the samples began, if known.
    package let beginWall: WallTime?
    package let span: Nanoseconds
    package let thresholds: ImpactThresholds
    package let outcome: DryRun.Outcome
    /// The outcome with the sensor's current thresholds.
    package let present: DryRun.Outcome

    package init(
        begin: MonotonicTime, beginWall: WallTime?, span: Nanoseconds, thresholds: ImpactThresholds,
        outcome: DryRun.Outcome, present: DryRun.Outcome
    ) {
        self.begin = begin
        self.beginWall = beginWall
        self.span = span
        self.thresholds = thresholds
        self.outcome = outcome
        self.present = present
    }
}

package struct RecordingStatus: Hashable, Sendable {
    package let name: String
    package let sensor: String
    package let started: WallTime
    package let bytes: Int

    package init(name: String, sensor: String, started: WallTime, bytes: Int) {
        self.name = name
        self.sensor = sensor
        self.started = started
        self.bytes = bytes
    }
}

package struct RangeTimerStatus: Hashable, Sendable {
    package let id: String
    package let name: String
    package let isConnected: Bool
    /// Whether the gateway connects to it.
    package let isUsed: Bool
    /// In percent.
    package let battery: Int?
    /// In dBm.
    package let signal: Int?
    package let lastSeen: WallTime
    /// Its latest run, and the times of its shots.
    package let run: String?
    package let shots: [Nanoseconds]

    package init(
        id: String, name: String, isConnected: Bool, isUsed: Bool, battery: Int?, signal: Int?, lastSeen: WallTime,
        run: String?, shots: [Nanoseconds]
    ) {
        self.id = id
        self.name = name
        self.isConnected = isConnected
        self.isUsed = isUsed
        self.battery = battery
        self.signal = signal
        self.lastSeen = lastSeen
        self.run = run
        self.shots = shots
    }
}
