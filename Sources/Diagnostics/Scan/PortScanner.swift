import Clocks
import Devices
import Drivers
import Hotplug
import Reactor
import Serial

/// Listens to one port until it is clear what is there, or until there is nothing left to try. Nothing is written to it.
@ReactorActor
final class PortScanner {
    private let port: KnownPort
    private let timers: TimerQueue
    private let onFinish: @ReactorActor (PortScanResult) -> Void
    private var settings: SerialSettings
    private let search: SerialSearch
    private var opened: SerialPort?
    private var listener: PortDetector?
    private var isDone = false

    /// `done` is told once.
    init(
        _ port: KnownPort, _ settings: SerialSettings, timers: TimerQueue,
        onFinish: @escaping @ReactorActor (PortScanResult) -> Void
    ) {
        self.port = port
        self.timers = timers
        self.onFinish = onFinish
        self.settings = settings
        search = SerialSearch(anyRate: port.description.isNativeUSB, at: timers.now)
        self.settings.baudRate = search.baudRate
    }

    func start() {
        do throws(SerialError) {
            let opened = try SerialPort(opening: port.description.node, settings) { [weak self] bytes in
                self?.listener?.feed(bytes)
            } onDisconnect: { [weak self] in
                self?.finish(.unknown(because: "it was pulled out"))
            }
            self.opened = opened
            listener = PortDetector(search, at: opened, settings, timers: timers) { [weak self] end in
                self?.finish(PortScanResult(end))
            }
        } catch {
            finish(.unavailable(error))
        }
    }

    /// Says what can be said by now.
    func timeOut() {
        finish(PortScanResult(listener?.search ?? search))
    }

    private func finish(_ opinion: PortScanResult) {
        guard !isDone else { return }
        isDone = true
        listener?.stop()
        opened?.close()
        (listener, opened) = (nil, nil)
        onFinish(opinion)
    }
}

extension PortScanResult {
    fileprivate init(_ end: PortDetector.Outcome) {
        self =
            switch end {
            case .recognised(let finding): .recognised(finding)
            case .gaveUp(let reason): .unknown(because: reason)
            case .failed(let error): .unavailable(error)
            }
    }
}
