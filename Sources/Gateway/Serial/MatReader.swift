import Clocks
import Devices
import Events
import Hub
import Logging
import Metrics
import Reactor
import Signals

/// A pressure mat on a port: its frames become pressure events.
@ReactorActor
final class MatReader: SerialReader {
    let startCommand: [UInt8]

    private let id: DeviceID
    private let hub: Hub
    private let metrics: MetricsRegistry
    private let frames: Counter
    private let timers: TimerQueue
    private var decoder: MatDecoder
    private var tare: PressureTare
    private var cells: [Double] = []
    private var watch = CellWatch()
    private var lastBytes: (turn: MonotonicTime, moment: Moment)?
    private var pause: TimerQueue.Token?

    /// Longer than any adapter holds bytes back, shorter than the time between two frames of a slow mat.
    private static let quiet = Nanoseconds.milliseconds(25)

    init(_ mat: KnownMat, id: DeviceID, tareFrames: Int, hub: Hub, metrics: MetricsRegistry, timers: TimerQueue) {
        self.id = id
        self.hub = hub
        self.metrics = metrics
        self.timers = timers
        decoder = MatDecoder(mat)
        startCommand = mat.startCommand
        tare = PressureTare(frames: tareFrames)
        frames = metrics.counter("leadville_mat_frames_total", "Frames of pressure mats, by mat.", ["mat": id.text])
    }

    /// Takes the next frames for those of an empty mat.
    func takeTare(frames: Int) {
        tare.begin(frames: frames)
    }

    func take(_ bytes: ArraySlice<UInt8>, at moment: Moment) {
        lastBytes = (timers.now, moment)
        decoder.feed(bytes) { take($0, at: moment) }
        if pause == nil { awaitQuiet(Self.quiet) }
    }

    func end(at moment: Moment) {
        pause.map(timers.cancel)
        pause = nil
        decoder.finish { take($0, at: moment) }
    }

    /// A frame behind which nothing comes is complete; a slow mat would otherwise be heard a whole frame late.
    private func awaitQuiet(_ span: Nanoseconds) {
        pause = timers.after(span) { [weak self] in
            guard let self, let lastBytes else { return }
            pause = nil
            let silence = timers.now - lastBytes.turn
            if silence >= Self.quiet {
                decoder.pause { take($0, at: lastBytes.moment) }
            } else {
                awaitQuiet(Self.quiet - silence)
            }
        }
    }

    private func take(_ item: MatItem, at moment: Moment) {
        switch item {
        case .frame(let frame): publish(frame, at: moment)
        case .reject(let reject):
            metrics.counter(
                "leadville_serial_refused_total", "What serial devices said and nobody understood, by reason.",
                ["device": "pressure-mat", "reason": reject.reason.rawValue]
            ).add()
        }
    }

    private func publish(_ frame: MatReading, at moment: Moment) {
        for finding in watch.take(rows: frame.rows, columns: frame.columns, cells: frame.cells) { note(finding) }
        cells.removeAll(keepingCapacity: true)
        cells += frame.cells
        tare.apply(to: &cells)
        guard let matrix = PressureMatrix(rows: frame.rows, columns: frame.columns, cells: cells) else { return }
        frames.add()
        hub.publish(
            .pressure(PressureEvent(mat: id, frame: frame.frame, matrix: matrix)), at: moment,
            device: frame.time.map { DeviceTime(reading: $0) })
    }

    private func note(_ finding: CellWatch.Finding) {
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
