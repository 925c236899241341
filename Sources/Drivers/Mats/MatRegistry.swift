import Clocks
import Devices
import Events
import Hub
import Logging
import Metrics
import Reactor
import Signals

/// The mats that send frames, over serial ports or Bluetooth.
@ReactorActor
package final class MatRegistry {
    private let tareFrames: Int
    private let devices: DeviceRegistry
    private let hub: Hub
    private let metrics: MetricsRegistry
    private let delay: Histogram
    private var reporters: [DeviceID: WeakReporter] = [:]
    /// Of disconnected mats as well.
    private var histories: [DeviceID: MatHistory] = [:]

    private static let maximumHistories = 16

    private struct WeakReporter {
        weak var reporter: MatReporter?
    }

    /// - Parameter tareFrames: how many frames of the empty mat form the tare.
    package init(tareFrames: Int, devices: DeviceRegistry, hub: Hub, metrics: MetricsRegistry) {
        self.tareFrames = tareFrames
        self.devices = devices
        self.hub = hub
        self.metrics = metrics
        delay = metrics.histogram(
            "leadville_mat_frame_seconds",
            "Time from the arrival of a frame's last bytes until its event has been delivered.")
    }

    /// Creates the reporter of a mat that connects; the caller retains it. The mat's first frames are its tare.
    func reporter(for id: DeviceID) -> MatReporter {
        reporters = reporters.filter { $0.value.reporter != nil }
        let reporter = MatReporter(
            id, tareFrames: tareFrames, counters: devices.counters(of: id), delay: delay, history: history(of: id),
            hub: hub, metrics: metrics)
        reporters[id] = WeakReporter(reporter: reporter)
        return reporter
    }

    private func history(of id: DeviceID) -> MatHistory {
        if let history = histories[id] { return history }
        if histories.count >= Self.maximumHistories {
            let away = histories.filter { reporters[$0.key]?.reporter == nil }
            let oldest = away.min { $0.value.latest.nanoseconds < $1.value.latest.nanoseconds }
            if let oldest { histories[oldest.key] = nil }
        }
        let history = MatHistory()
        // Without room, it is kept as long as the mat is connected, and not listed.
        if histories.count < Self.maximumHistories { histories[id] = history }
        return history
    }

    /// The latest frame of every mat that has sent one, and the trail of its centre of pressure.
    package var recent: [(id: DeviceID, isConnected: Bool, latest: WallTime, trail: PressureTrail)] {
        histories.filter { $0.value.trail.rows > 0 }
            .map { ($0.key, reporters[$0.key]?.reporter != nil, $0.value.latest, $0.value.trail) }
            .sorted { $0.id.text < $1.id.text }
    }

    /// The mats that are connected.
    package var connected: [DeviceID] {
        reporters.filter { $0.value.reporter != nil }.keys.sorted { $0.text < $1.text }
    }

    /// Restarts the tare of all mats whose id matches. Returns how many there are.
    package func tare(_ pattern: String) -> Int {
        let pattern = PortPattern(pattern)
        return tare { pattern.matches($0.text) }
    }

    /// Undoes the latest tare of all mats whose id matches. Returns how many could.
    package func undoTare(_ pattern: String) -> Int {
        let pattern = PortPattern(pattern)
        return reporters.values.compactMap(\.reporter).filter { pattern.matches($0.id.text) }.count { $0.undoTare() }
    }

    func tare(where isMatch: (DeviceID) -> Bool) -> Int {
        let mats = reporters.values.compactMap(\.reporter).filter { isMatch($0.id) }
        for mat in mats { mat.startTare(frames: max(1, tareFrames)) }
        return mats.count
    }
}

/// What a mat has sent last.
@ReactorActor
final class MatHistory {
    private(set) var trail = PressureTrail()
    private(set) var latest = WallTime(nanoseconds: 0)

    func receive(_ matrix: PressureMatrix, at time: WallTime) {
        trail.receive(rows: matrix.rows, columns: matrix.columns, cells: matrix.cells)
        latest = time
    }
}

/// Publishes the frames of one mat as pressure events.
@ReactorActor
final class MatReporter {
    let id: DeviceID
    private let hub: Hub
    private let metrics: MetricsRegistry
    private let counters: DeviceCounters
    private let frames: Counter
    private let delay: Histogram
    private var tare: PressureTare
    private var cells: [Double] = []
    private var watch = CellDefectDetector()
    private let history: MatHistory

    /// - Parameter delay: records the latency of each frame.
    init(
        _ id: DeviceID, tareFrames: Int, counters: DeviceCounters, delay: Histogram, history: MatHistory, hub: Hub,
        metrics: MetricsRegistry
    ) {
        self.id = id
        self.counters = counters
        self.delay = delay
        self.history = history
        self.hub = hub
        self.metrics = metrics
        tare = PressureTare(frames: tareFrames)
        frames = metrics.counter("leadville_mat_frames_total", "Frames of pressure mats, by mat.", ["mat": id.text])
    }

    /// Treats the next frames as those of the empty mat.
    func startTare(frames: Int) {
        tare.begin(frames: frames)
    }

    func undoTare() -> Bool { tare.undo() }

    func publish(_ frame: MatReading, at moment: Moment) {
        for finding in watch.receive(rows: frame.rows, columns: frame.columns, cells: frame.cells) { report(finding) }
        cells.removeAll(keepingCapacity: true)
        cells += frame.cells
        tare.apply(to: &cells)
        guard let matrix = PressureMatrix(rows: frame.rows, columns: frame.columns, cells: cells) else { return }
        frames.add()
        counters.countAccepted(at: moment)
        hub.publish(
            .pressure(PressureEvent(mat: id, frame: frame.frame, matrix: matrix)), at: moment,
            device: frame.time.map { DeviceTime(reading: $0) })
        delay.observe(SystemClock.monotonic() - moment.monotonic)
        history.receive(matrix, at: moment.wall)
    }

    private func report(_ finding: CellDefectDetector.Finding) {
        let cell = "Cell in row \(finding.row + 1), column \(finding.column + 1) of \(id)"
        if let fault = finding.defect {
            metrics.counter(
                "leadville_mat_cell_faults_total", "Mat cells found defective, by kind.", ["fault": fault.rawValue]
            ).add()
            let symptom =
                fault == .dead
                ? "dead: no pressure while its neighbours are pressed"
                : "stuck: pressure while its neighbours are not pressed"
            Log.warning("\(cell) is \(symptom)", ["SOURCE": id.text])
        } else {
            Log.info("\(cell) works again", ["SOURCE": id.text])
        }
    }
}
