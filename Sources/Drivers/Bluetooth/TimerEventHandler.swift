import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// Passes the reports of a timer to the range, and sets a warning if the timer does not push them.
@ReactorActor
final class TimerEventHandler: SessionEventHandler {
    typealias Session = AMGSession

    private let id: DeviceID
    private let context: BluetoothContext
    private let counters: DeviceCounters
    private let rangeSink: (any RangeEventSink)?

    init(_ id: DeviceID, context: BluetoothContext, rangeSink: (any RangeEventSink)?) {
        self.id = id
        self.context = context
        self.rangeSink = rangeSink
        counters = context.registry.counters(of: id)
    }

    func handle(_ output: AMGSession.Output, at moment: Moment) -> SessionEvent? {
        switch output {
        case .sessionEvent(let event): return event
        case .reading(.rejected(let reject)):
            counters.countRejected()
            context.metrics.recordRejectedFrame(.amgCommander, reject.reason)
        case .reading: counters.countAccepted(at: moment)
        case .action(let action, let string, let source, let frame):
            rangeSink?.receive(
                TimerEvent(timer: id, action: action, string: string, frame: frame, source: source), at: moment)
        case .pushState(let state): updatePushState(state)
        case .unanswered(let command):
            context.metrics.recordFailedRequest(.amgCommander)
            Log.warning("Timer \(id) does not answer \(command)", ["SOURCE": id.text])
        }
        return nil
    }

    func sessionBecameReady(at moment: Moment) -> DeviceCommand? {
        rangeSink?.timerReady(id, at: moment).map { .timer($0) }
    }

    func sessionEnded(at moment: Moment) {
        rangeSink?.timerDisconnected(id, at: moment)
    }

    private func updatePushState(_ state: AMGPushState) {
        context.registry.setWarning(id, .pushesOff, isActive: state == .off)
        context.metrics.recordPushState(state)
        switch state {
        case .off:
            Log.warning(
                "Timer \(id) does not push its events and is polled; enable its BLE push setting",
                ["SOURCE": id.text])
        case .on: Log.info("Timer \(id) pushes its events", ["SOURCE": id.text])
        case .unknown: break
        }
    }
}

extension AMGCommanderDriver: BluetoothDriver {
    func makeConnection(_ connection: BluetoothConnectionContext) -> any ManagedDevice {
        let handler = TimerEventHandler(
            connection.id, context: connection.context, rangeSink: connection.receivers.range)
        return connection.device(family, AMGSession(), handler)
    }
}
