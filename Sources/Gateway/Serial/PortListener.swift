import Clocks
import Devices
import Reactor
import Serial

/// Listens to an open port, at one speed after the other, until it is clear what is there or nothing is left to try. The
/// port is its owner's, who hands on what it says and is told once how it ends.
@ReactorActor
final class PortListener {
    enum End: Sendable {
        case recognised(SerialFinding)
        /// In words for people.
        case gaveUp(because: String)
        case failed(SerialError)
    }

    private(set) var search: SerialSearch
    /// As the port is set now.
    private(set) var settings: SerialSettings
    private let port: SerialPort
    private let timers: TimerQueue
    private var timer: TimerQueue.Token?
    private var done: (@ReactorActor (End) -> Void)?

    /// - Parameter settings: those with which the port was opened.
    init(
        _ search: SerialSearch, at port: SerialPort, _ settings: SerialSettings, timers: TimerQueue,
        done: @escaping @ReactorActor (End) -> Void
    ) {
        self.search = search
        self.port = port
        self.settings = settings
        self.timers = timers
        self.done = done
        awaitDeadline(search.deadline)
    }

    func feed(_ bytes: ArraySlice<UInt8>) {
        guard done != nil, let step = search.feed(bytes, at: timers.now) else { return }
        take(step)
    }

    /// Nobody wants to know any more.
    func stop() {
        done = nil
        timer.map(timers.cancel)
        timer = nil
    }

    private func awaitDeadline(_ deadline: MonotonicTime) {
        timer.map(timers.cancel)
        timer = timers.at(deadline) { [weak self] in
            guard let self, done != nil else { return }
            take(search.timeIsUp(at: timers.now))
        }
    }

    private func take(_ step: SerialSearch.Step) {
        switch step {
        case .listen(let rate):
            settings.baudRate = rate
            do throws(SerialError) {
                try port.configure(settings)
                awaitDeadline(search.deadline)
            } catch .unsupportedRate {
                // An adapter that cannot do this speed has no device behind it that needs it.
                awaitDeadline(timers.now)
            } catch {
                end(.failed(error))
            }
        case .recognised(let finding): end(.recognised(finding))
        case .giveUp(let reason): end(.gaveUp(because: reason))
        }
    }

    private func end(_ end: End) {
        let tell = done
        stop()
        tell?(end)
    }
}
