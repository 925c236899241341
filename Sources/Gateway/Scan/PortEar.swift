import Clocks
import Devices
import Hotplug
import Reactor
import Serial

/// Listens to one port until it is clear what is there, or until there is nothing left to try. Nothing is written to it.
@ReactorActor
final class PortEar {
    private let port: KnownPort
    private let timers: TimerQueue
    private let done: @ReactorActor (PortOpinion) -> Void
    private var settings: SerialSettings
    private var search: SerialSearch
    private var opened: SerialPort?
    private var timer: TimerQueue.Token?
    private var isDone = false

    /// `done` is told once.
    init(
        _ port: KnownPort, _ settings: SerialSettings, timers: TimerQueue,
        done: @escaping @ReactorActor (PortOpinion) -> Void
    ) {
        self.port = port
        self.timers = timers
        self.done = done
        self.settings = settings
        search = SerialSearch(anyRate: port.description.hasNoWire, at: timers.now)
        self.settings.baudRate = search.baudRate
    }

    func begin() {
        do throws(SerialError) {
            opened = try SerialPort(opening: port.description.node, settings) { [weak self] bytes in
                self?.received(bytes)
            } gone: { [weak self] in
                self?.finish(.unknown(because: "it was pulled out"))
            }
            awaitDeadline(search.deadline)
        } catch {
            finish(.unavailable(error))
        }
    }

    /// Says what can be said by now.
    func timeIsUp() {
        finish(PortOpinion(search))
    }

    private func received(_ bytes: ArraySlice<UInt8>) {
        guard !isDone, let step = search.feed(bytes, at: timers.now) else { return }
        take(step)
    }

    private func awaitDeadline(_ deadline: MonotonicTime) {
        timer.map(timers.cancel)
        timer = timers.at(deadline) { [weak self] in
            guard let self, !isDone else { return }
            take(search.timeIsUp(at: timers.now))
        }
    }

    private func take(_ step: SerialSearch.Step) {
        switch step {
        case .listen(let rate):
            settings.baudRate = rate
            do throws(SerialError) {
                try opened?.configure(settings)
                awaitDeadline(search.deadline)
            } catch .unsupportedRate {
                // An adapter that cannot do this speed has no device behind it that needs it.
                awaitDeadline(timers.now)
            } catch {
                finish(.unavailable(error))
            }
        case .recognised(let finding): finish(.recognised(finding))
        case .giveUp(let reason): finish(.unknown(because: reason))
        }
    }

    private func finish(_ opinion: PortOpinion) {
        guard !isDone else { return }
        isDone = true
        timer.map(timers.cancel)
        opened?.close()
        opened = nil
        done(opinion)
    }
}
