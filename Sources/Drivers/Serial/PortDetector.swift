import Clocks
import Devices
import Reactor
import Serial

/// Identifies the device on an open port by its data, trying one baud rate after the other. The owner opens and closes
/// the port and feeds the received bytes.
@ReactorActor
package final class PortDetector {
    package enum Outcome: Sendable {
        case recognised(SerialMatch)
        /// The reason is shown to operators.
        case gaveUp(because: String)
        case failed(SerialError)
    }

    package private(set) var search: SerialSearch
    /// The current settings of the port.
    private(set) var settings: SerialSettings
    private let port: SerialPort
    private let timers: TimerQueue
    private var timer: TimerQueue.Token?
    private var onFinish: (@ReactorActor (Outcome) -> Void)?

    /// - Parameters:
    ///   - settings: those with which the port was opened.
    ///   - onFinish: called once, unless `stop` is called first.
    package init(
        _ search: SerialSearch, at port: SerialPort, _ settings: SerialSettings, timers: TimerQueue,
        onFinish: @escaping @ReactorActor (Outcome) -> Void
    ) {
        self.search = search
        self.port = port
        self.settings = settings
        self.timers = timers
        self.onFinish = onFinish
        awaitDeadline(search.deadline)
    }

    package func feed(_ bytes: ArraySlice<UInt8>) {
        guard onFinish != nil, let step = search.feed(bytes, at: timers.now) else { return }
        perform(step)
    }

    package func stop() {
        onFinish = nil
        timer.map(timers.cancel)
        timer = nil
    }

    private func awaitDeadline(_ deadline: MonotonicTime) {
        timer.map(timers.cancel)
        timer = timers.at(deadline) { [weak self] in
            guard let self, onFinish != nil else { return }
            perform(search.handleTimeout(at: timers.now))
        }
    }

    private func perform(_ step: SerialSearch.Step) {
        switch step {
        case .probe(let rate):
            settings.baudRate = rate
            do throws(SerialError) {
                try port.configure(settings)
                awaitDeadline(search.deadline)
            } catch .unsupportedRate {
                // No device behind this adapter can use a rate that the adapter does not support: skip it.
                awaitDeadline(timers.now)
            } catch {
                finish(.failed(error))
            }
        case .recognised(let match): finish(.recognised(match))
        case .giveUp(let reason): finish(.gaveUp(because: reason))
        }
    }

    private func finish(_ outcome: Outcome) {
        let report = onFinish
        stop()
        report?(outcome)
    }
}
