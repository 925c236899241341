import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// What a timer says: its actions go to the range's desk, and whether it reports by itself is noted where people look.
@ReactorActor
final class TimerEventHandler: SessionEventHandler {
    typealias Session = AMGSession

    private let id: DeviceID
    private let context: BluetoothContext
    private let counters: DeviceCounters
    private weak var rangeSink: (any RangeEventSink)?

    init(_ id: DeviceID, context: BluetoothContext, rangeSink: (any RangeEventSink)?) {
        self.id = id
        self.context = context
        self.rangeSink = rangeSink
        counters = context.registry.counters(of: id)
    }

    func handle(_ output: AMGSession.Output, at moment: Moment) -> SessionEvent? {
        switch output {
        case .sessionEvent(let notice): return notice
        case .reading(.rejected(let reject)):
            counters.countRejected()
            context.metrics.recordRejectedFrame(.amgCommander, reject.reason)
        case .reading: counters.countAccepted(at: moment)
        case .action(let action, let string, let source, let frame):
            context.metrics.recordAction(source)
            rangeSink?.timer(
                id, reported: TimerReport(action: action, string: string, source: source, frame: frame), at: moment)
        case .pushState(let pushes): updatePushState(pushes)
        case .unanswered(let command):
            context.metrics.recordFailedRequest(.amgCommander)
            Log.warning("The timer \(id) does not answer \(command)", ["SOURCE": id.text])
        }
        return nil
    }

    func sessionBecameReady(at moment: Moment) {
        rangeSink?.timerReady(id, at: moment)
    }

    func sessionEnded(at moment: Moment) {
        rangeSink?.timerDisconnected(id, at: moment)
    }

    private func updatePushState(_ pushes: AMGPushState) {
        context.registry.setWarning(id, .pushesOff, isActive: pushes == .off)
        context.metrics.recordPushState(pushes)
        switch pushes {
        case .off:
            Log.warning(
                "The timer \(id) does not report by itself and is asked again and again; switch its BLE push on",
                ["SOURCE": id.text])
        case .on: Log.info("The timer \(id) reports by itself", ["SOURCE": id.text])
        case .unknown: break
        }
    }
}
