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
    private let search: SerialSearch
    private var opened: SerialPort?
    private var listener: PortListener?
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
            let opened = try SerialPort(opening: port.description.node, settings) { [weak self] bytes in
                self?.listener?.feed(bytes)
            } gone: { [weak self] in
                self?.finish(.unknown(because: "it was pulled out"))
            }
            self.opened = opened
            listener = PortListener(search, at: opened, settings, timers: timers) { [weak self] end in
                self?.finish(PortOpinion(end))
            }
        } catch {
            finish(.unavailable(error))
        }
    }

    /// Says what can be said by now.
    func timeIsUp() {
        finish(PortOpinion(listener?.search ?? search))
    }

    private func finish(_ opinion: PortOpinion) {
        guard !isDone else { return }
        isDone = true
        listener?.stop()
        opened?.close()
        (listener, opened) = (nil, nil)
        done(opinion)
    }
}

extension PortOpinion {
    fileprivate init(_ end: PortListener.End) {
        self =
            switch end {
            case .recognised(let finding): .recognised(finding)
            case .gaveUp(let reason): .unknown(because: reason)
            case .failed(let error): .unavailable(error)
            }
    }
}
