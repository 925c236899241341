import Clocks
import Devices
import Reactor
import Serial

/// Listens to an open port, at one speed after the other, until it is clear what is there or nothing is left to try. The
/// port is its owner's, who hands on what it says and is told once how it ends.
@ReactorActor
package final class PortDetector {
    package enum Outcome: Sendable {
        case recognised(SerialMatch)
        /// In words for people.
        case gaveUp(because: String)
        case failed(SerialError)
    }

    package private(set) var search: SerialSearch
    /// As the port is set now.
    private(set) var settings: SerialSettings
    private let port: SerialPort
    private let timers: TimerQueue
    private var timer: TimerQueue.Token?
    private var onFinish: (@ReactorActor (Outcome) -> Void)?

    /// - Parameter settings: those with which the port was opened.
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

    /// Nobody wants to know any more.
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
                // An adapter that cannot do this speed has no device behind it that needs it.
                awaitDeadline(timers.now)
            } catch {
                finish(.failed(error))
            }
        case .recognised(let finding): finish(.recognised(finding))
        case .giveUp(let reason): finish(.gaveUp(because: reason))
        }
    }

    private func finish(_ end: Outcome) {
        let tell = onFinish
        stop()
        tell?(end)
    }
}
