import Clocks
import Devices
import Events
import Hub
import Logging
import Metrics
import Reactor
import Signals

/// Makes pressure events of one mat's frames, whichever way they come: by cable or over the air.
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

    /// - Parameter delay: observes how long each frame took.
    init(
        _ id: DeviceID, tareFrames: Int, counters: DeviceCounters, delay: Histogram, hub: Hub, metrics: MetricsRegistry
    ) {
        self.id = id
        self.counters = counters
        self.delay = delay
        self.hub = hub
        self.metrics = metrics
        tare = PressureTare(frames: tareFrames)
        frames = metrics.counter("leadville_mat_frames_total", "Frames of pressure mats, by mat.", ["mat": id.text])
    }

    /// Takes the next frames for those of an empty mat.
    func startTare(frames: Int) {
        tare.begin(frames: frames)
    }

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
    }

    private func report(_ finding: CellDefectDetector.Finding) {
        let place = "row \(finding.row + 1), column \(finding.column + 1) of \(id)"
        if let fault = finding.fault {
            metrics.counter(
                "leadville_mat_cell_faults_total", "Cells of mats that have failed, by kind.", ["fault": fault.rawValue]
            ).add()
            let reason = fault == .dead ? "feels nothing" : "never lets go"
            Log.warning("The cell in \(place) \(reason), whatever its neighbours say", ["SOURCE": id.text])
        } else {
            Log.info("The cell in \(place) works again", ["SOURCE": id.text])
        }
    }
}
