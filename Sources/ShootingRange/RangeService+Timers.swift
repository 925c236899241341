import Bluetooth
import Clocks
import Devices
import Drivers
import Events
import Reactor
import Signals

/// Timers, as the interface asks for them.
extension RangeService {
    package var timerList: [RangeTimerStatus] {
        registry.records.compactMap { record in
            guard record.role == .timer, record.adoption != .forgotten else { return nil }
            let run = activeRuns.tracker.runs.last { $0.timer == record.id }
            return RangeTimerStatus(
                id: record.id.text, name: record.name, isConnected: record.link == .connected,
                isUsed: record.adoption == .use, battery: record.battery, signal: record.signal,
                lastSeen: record.lastSeen, run: run?.id.text,
                shots: run.map { run in run.shotNumbers.compactMap { run.shots[$0]?.time } } ?? [])
        }
    }

    package func setTimerInUse(_ id: String, _ used: Bool) throws(RangeError) {
        guard let record = registry[DeviceID(id)] else { throw .unknown("there is no timer \"\(id)\"") }
        guard record.role == .timer else { throw .conflict("\"\(id)\" is a \(record.role.name), no timer") }
        do {
            try registry.decide(record.id, DeviceDecision(adopt: used))
        } catch {
            throw .conflict("\(id): \(error.text)")
        }
    }

    package func sendCommand(to timer: String?, _ order: TimerCommand) throws(RangeError) {
        guard let remote else { throw .unavailable("there is no Bluetooth here, so no timer can be told anything") }
        let command: AMGCommand =
            switch order {
            case .start: .start
            case .stop: .stop
            case .sensitivity(let level): .setSensitivity(level)
            case .requestShots: .requestString
            case .requestScreen: .requestScreen
            }
        do {
            try remote.send(command, to: timer.map { DeviceID($0) })
        } catch {
            switch error {
            case .noTimer:
                throw .unknown(timer.map { "no timer \"\($0)\" is connected" } ?? "no timer is connected")
            case .ambiguous: throw .conflict("more than one timer is connected: name one")
            case .rejected(let refusal): throw .conflict("\(refusal)")
            }
        }
    }
}
