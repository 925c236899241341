import Clocks
import Devices
import Metrics
import Reactor

/// Reads a pressure mat on a serial port.
@ReactorActor
final class MatReader: SerialReader {
    let startCommand: [UInt8]

    private let reporter: MatReporter
    private let metrics: MetricsRegistry
    private let counters: DeviceCounters
    private let timers: TimerQueue
    private var decoder: MatDecoder
    private var lastBytes: (time: MonotonicTime, moment: Moment)?
    private var pause: TimerQueue.Token?

    /// Longer than any adapter holds bytes back, shorter than the gap between two frames of a slow mat.
    private static let quietPeriod = Nanoseconds.milliseconds(25)

    init(
        _ mat: KnownMat, reporter: MatReporter, counters: DeviceCounters, metrics: MetricsRegistry, timers: TimerQueue
    ) {
        self.reporter = reporter
        self.counters = counters
        self.metrics = metrics
        self.timers = timers
        decoder = MatDecoder(mat)
        startCommand = mat.startCommand
    }

    func receive(_ bytes: ArraySlice<UInt8>, at moment: Moment) {
        lastBytes = (timers.now, moment)
        decoder.feed(bytes) { handle($0, at: moment) }
        if pause == nil { awaitQuiet(Self.quietPeriod) }
    }

    func finish(at moment: Moment) {
        pause.map(timers.cancel)
        pause = nil
        decoder.finish { handle($0, at: moment) }
    }

    private func handle(_ item: MatItem, at moment: Moment) {
        switch item {
        case .frame(let frame): reporter.publish(frame, at: moment)
        case .rejected(let reject):
            counters.countRejected()
            metrics.countSerialReject(device: "pressure-mat", reason: reject.reason.rawValue)
        }
    }

    /// A frame followed by silence is complete. Without this, a slow mat would be one frame late.
    private func awaitQuiet(_ span: Nanoseconds) {
        pause = timers.after(span) { [weak self] in
            guard let self, let lastBytes else { return }
            pause = nil
            let silence = timers.now - lastBytes.time
            if silence >= Self.quietPeriod {
                decoder.pause { handle($0, at: lastBytes.moment) }
            } else {
                awaitQuiet(Self.quietPeriod - silence)
            }
        }
    }
}

extension PressureMatDriver: SerialDriver {
    func makeReader(_ connection: SerialReaderContext) -> (any SerialReader)? {
        connection.plan.mat.map { mat in
            MatReader(
                mat, reporter: connection.mats.reporter(for: connection.id), counters: connection.counters,
                metrics: connection.metrics, timers: connection.timers)
        }
    }
}
