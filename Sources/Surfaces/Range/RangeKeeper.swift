import Clocks
import Events
import Reactor
import Signals

/// Whoever keeps the range, as its interface sees it.
@ReactorActor
package protocol RangeKeeper: AnyObject {
    /// All targets with the sensors that are assigned to them.
    var targetList: [(target: RangeTarget, sensors: [String])] { get }
    func addTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeRefusal)
    func putTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeRefusal)
    func removeTarget(_ id: String) throws(RangeRefusal)

    var sensorList: [RangeSensorStatus] { get }
    func setThresholds(
        of sensor: String, _ change: (ImpactThresholds) throws(RangeRefusal) -> ImpactThresholds
    ) throws(RangeRefusal)
    func assign(_ sensor: String, to target: String?) throws(RangeRefusal)
    /// Has the sensor's rest, and what was learnt of its delay, learnt anew.
    func calibrate(_ sensor: String) throws(RangeRefusal)
    func dryRun(_ sensor: String, _ wish: DryRunWish) async throws(RangeRefusal) -> DryRunResult

    func startRecording(_ sensor: String, as name: String?) throws(RangeRefusal) -> String
    func stopRecording(_ sensor: String) throws(RangeRefusal) -> RecordingStatus
    func recordingList() async throws(RangeRefusal) -> [RecordingStatus]
    func recording(_ name: String) async throws(RangeRefusal) -> [UInt8]

    func runs(_ filter: RunFilter) async throws(RangeRefusal) -> RunList
    func run(_ id: String) async throws(RangeRefusal) -> [UInt8]
    func editRun(_ id: String, _ edit: RunEdit) async throws(RangeRefusal) -> [UInt8]
    func deleteRun(_ id: String) async throws(RangeRefusal)
    /// What the next run will be called.
    var upcomingNames: RunNames { get }
    func nameUpcoming(_ edit: RunEdit)

    /// All timers that are known.
    var timerList: [RangeTimerStatus] { get }
    /// Has a timer connected to from now on, or left alone.
    func useTimer(_ id: String, _ used: Bool) throws(RangeRefusal)
    /// Tells a timer what to do; nil stands for the only one that is connected.
    func tell(_ timer: String?, _ order: TimerOrder) throws(RangeRefusal)

    /// How an event came about, as JSON.
    func explanation(of event: UInt64) async throws(RangeRefusal) -> [UInt8]
}

/// What a timer can be told.
package enum TimerOrder: Hashable, Sendable {
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
    package var mostBytes = 8 << 20
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

package struct DryRunWish: Hashable, Sendable {
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
