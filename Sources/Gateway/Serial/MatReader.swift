import Clocks
import Devices
import Metrics
import Reactor

/// A pressure mat on a port.
@ReactorActor
final class MatReader: SerialReader {
    let startCommand: [UInt8]

    private let reporter: MatReporter
    private let metrics: MetricsRegistry
    private let tally: DeviceTally
    private let timers: TimerQueue
    private var decoder: MatDecoder
    private var lastBytes: (turn: MonotonicTime, moment: Moment)?
    private var pause: TimerQueue.Token?

    /// Longer than any adapter holds bytes back, shorter than the time between two frames of a slow mat.
    private static let quiet = Nanoseconds.milliseconds(25)

    init(
        _ mat: KnownMat, reporter: MatReporter, tally: DeviceTally, metrics: MetricsRegistry, timers: TimerQueue
    ) {
        self.reporter = reporter
        self.tally = tally
        self.metrics = metrics
        self.timers = timers
        decoder = MatDecoder(mat)
        startCommand = mat.startCommand
    }

    /// Takes the next frames for those of an empty mat.
    func takeTare(frames: Int) {
        reporter.takeTare(frames: frames)
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

    private func take(_ item: MatItem, at moment: Moment) {
        switch item {
        case .frame(let frame): reporter.publish(frame, at: moment)
        case .reject(let reject):
            tally.refused()
            metrics.counter(
                "leadville_serial_refused_total", "What serial devices said and nobody understood, by reason.",
                ["device": "pressure-mat", "reason": reject.reason.rawValue]
            ).add()
        }
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
}
