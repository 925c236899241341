import Clocks
import Events
import Reactor
import Signals

/// Whoever keeps the range, as its interface sees it.
@ReactorActor
package protocol RangeProvider: AnyObject {
    /// All targets with the sensors that are assigned to them.
    var targetList: [(target: RangeTarget, sensors: [String])] { get }
    func addTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeError)
    func putTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeError)
    func removeTarget(_ id: String) throws(RangeError)

    var sensorList: [RangeSensorStatus] { get }
    func setThresholds(
        of sensor: String, _ change: (ImpactThresholds) throws(RangeError) -> ImpactThresholds
    ) throws(RangeError)
    func assign(_ sensor: String, to target: String?) throws(RangeError)
    /// Has the sensor's rest, and what was learnt of its delay, learnt anew.
    func calibrate(_ sensor: String) throws(RangeError)
    func dryRun(_ sensor: String, _ wish: DryRunRequest) async throws(RangeError) -> DryRunResult

    func startRecording(_ sensor: String, as name: String?) throws(RangeError) -> String
    func stopRecording(_ sensor: String) throws(RangeError) -> RecordingStatus
    func recordingList() async throws(RangeError) -> [RecordingStatus]
    func recording(_ name: String) async throws(RangeError) -> [UInt8]

    func runs(_ filter: RunFilter) async throws(RangeError) -> RunList
    func run(_ id: String) async throws(RangeError) -> [UInt8]
    func editRun(_ id: String, _ edit: RunEdit) async throws(RangeError) -> [UInt8]
    func deleteRun(_ id: String) async throws(RangeError)
    /// What the next run will be called.
    var upcomingNames: RunNames { get }
    func editUpcoming(_ edit: RunEdit)

    /// All timers that are known.
    var timerList: [RangeTimerStatus] { get }
    /// Has a timer connected to from now on, or left alone.
    func setTimerInUse(_ id: String, _ used: Bool) throws(RangeError)
    /// Tells a timer what to do; nil stands for the only one that is connected.
    func sendCommand(to timer: String?, _ order: TimerCommand) throws(RangeError)

    /// How an event came about, as JSON.
    func explanation(of event: UInt64) async throws(RangeError) -> [UInt8]
}

/// What a timer can be told.
package enum TimerCommand: Hashable, Sendable {
    case start
    case stop
    case sensitivity(Int)
    /// To say again which shots the latest string had; what was missed of it is then found.
    case requestShots
    /// To say what its screen shows.
    case requestScreen
}

/// Which runs are wanted, newest first.
package struct RunFilter: Hashable, Sendable {
    package var limit = 50
    /// When the runs so far come to this, the page is full.
    package var maximumBytes = 8 << 20
    /// Runs with lower numbers than this.
    package var before: Int64?
    package var shooter: String?
    package var stage: String?
    package var timer: String?
    package var state: String?
    package var from: WallTime?
    package var until: WallTime?

    package init() {}
}

package struct RunList: Hashable, Sendable {
    /// Each run as JSON.
    package let documents: [[UInt8]]
    /// Where the next page begins; nil when this is the last.
    package let next: Int64?

    package init(documents: [[UInt8]], next: Int64?) {
        self.documents = documents
        self.next = next
    }
}

package struct DryRunRequest: Hashable, Sendable {
    /// Nil: what the sensor has sent lately.
    package var recording: String?
    /// The sensor's own, changed by this.
    package var thresholds: ImpactThresholds
    /// How far back to begin, for what was sent lately.
    package var span: Nanoseconds?

    package init(_ thresholds: ImpactThresholds) {
        self.thresholds = thresholds
    }
}

package struct DryRunResult: Sendable {
    package let begin: MonotonicTime
    /// When the recording began, where that is known.
    package let beginWall: WallTime?
    package let span: Nanoseconds
    package let thresholds: ImpactThresholds
    package let outcome: DryRun.Outcome
    /// The same samples with the sensor's present thresholds.
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

/// A timer, and what it showed last.
package struct RangeTimerStatus: Hashable, Sendable {
    package let id: String
    package let name: String
    package let isConnected: Bool
    /// It is connected to whenever it can be reached.
    package let isUsed: Bool
    /// In percent.
    package let battery: Int?
    /// In dBm.
    package let signal: Int?
    package let lastSeen: WallTime
    /// Its latest run, and the shots of that as the timer shows them.
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
