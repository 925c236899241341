import Clocks
import Devices
import Drivers
import Events
import Reactor
import Signals
import Store

/// Targets and sensors, as the interface asks for them.
extension RangeService: RangeProvider {
    package var targetList: [(target: RangeTarget, sensors: [String])] {
        let assigned = Dictionary(grouping: registry.records.filter { $0.role.target != nil }) { $0.role.target ?? "" }
        return targets.all.map { ($0, assigned[$0.id, default: []].map(\.id.text)) }
    }

    package func addTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeError) {
        try checkSensors(sensors)
        try targets.add(target)
        save(target)
        try assign(sensors, to: target.id)
    }

    package func putTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeError) {
        try checkSensors(sensors)
        try targets.put(target)
        save(target)
        try assign(sensors, to: target.id)
    }

    package func removeTarget(_ id: String) throws(RangeError) {
        try targets.remove(id)
        store.put(.document(.target, name: id, body: nil))
        try assign([], to: id)
    }

    private func checkSensors(_ sensors: [String]?) throws(RangeError) {
        for sensor in sensors ?? [] { _ = try record(of: sensor) }
    }

    /// These sensors and no others are on the target; nil leaves it as it is.
    private func assign(_ sensors: [String]?, to target: String) throws(RangeError) {
        guard let sensors else { return }
        for record in registry.records where record.role.target == target && !sensors.contains(record.id.text) {
            try setTarget(record.id, target: "")
        }
        for sensor in sensors { try setTarget(DeviceID(sensor), target: target) }
    }

    package func assign(_ sensor: String, to target: String?) throws(RangeError) {
        let record = try record(of: sensor)
        if let target, targets[target] == nil { throw .unknown("there is no target \"\(target)\"") }
        try setTarget(record.id, target: target ?? "")
    }

    private func setTarget(_ sensor: DeviceID, target: String) throws(RangeError) {
        do {
            try registry.decide(sensor, DeviceDecision(target: target))
        } catch {
            throw .conflict("\(sensor): \(error.text)")
        }
    }

    private func record(of sensor: String) throws(RangeError) -> DeviceRecord {
        guard let record = registry[DeviceID(sensor)] else { throw .unknown("there is no sensor \"\(sensor)\"") }
        guard case .sensor = record.role else { throw .conflict("\"\(sensor)\" is a \(record.role.name), no sensor") }
        return record
    }

    package var sensorList: [RangeSensorStatus] {
        registry.records.compactMap { record in
            guard case .sensor(let target) = record.role, record.adoption != .forgotten else { return nil }
            let known = sensors[record.id]
            let thresholds = known?.thresholds ?? sensorStates[record.id]?.thresholds ?? .standard
            let ring = known?.ring.all
            return RangeSensorStatus(
                id: record.id.text, name: record.name, target: target, isConnected: known?.isConnected ?? false,
                thresholds: thresholds, limits: known?.detector.limits ?? (thresholds.onset, thresholds.peak),
                rest: known.map(\.detector.rest) ?? sensorStates[record.id]?.rest?.level,
                delay: activeRuns.tracker.delays[record.id].map { DelayEstimate($0) },
                samples: known?.detector.sampleCount ?? 0, impacts: known?.impacts ?? 0, rejects: known?.rejects ?? [:],
                lastImpact: known?.lastImpact,
                historySpan: ring?.last.flatMap { last in ring?.first.map { last.arrival - $0.arrival } } ?? .zero,
                recording: known?.recording?.name)
        }
    }

    package func setThresholds(
        of sensor: String, _ change: (ImpactThresholds) throws(RangeError) -> ImpactThresholds
    ) throws(RangeError) {
        let id = try record(of: sensor).id
        let new = try change(sensors[id]?.thresholds ?? sensorStates[id]?.thresholds ?? .standard)
        sensorStates[id, default: PersistedSensorState()].thresholds = new
        sensors[id]?.thresholds = new
        saveState(of: id)
    }

    package func calibrate(_ sensor: String) throws(RangeError) {
        let id = try record(of: sensor).id
        sensors[id]?.calibrate()
        sensorStates[id]?.delay = nil
        sensorStates[id]?.rest = nil
        activeRuns.setDelay(nil, of: id)
        saveState(of: id)
    }

    package func dryRun(_ sensor: String, _ wish: DryRunRequest) async throws(RangeError) -> DryRunResult {
        let id = try record(of: sensor).id
        let present = sensors[id]?.thresholds ?? sensorStates[id]?.thresholds ?? .standard
        var notifications: [DryRun.Notification]
        var beginWall: WallTime?
        if let name = wish.recording {
            notifications = SensorRecording.notifications(in: try await recording(name))
        } else {
            let now = now()
            let since = wish.span.map { now.monotonic - $0 } ?? MonotonicTime(nanoseconds: .min)
            let recent = sensors[id]?.ring.since(since) ?? []
            beginWall = recent.first.map { now.wall + ($0.arrival - now.monotonic) }
            notifications = recent.map { SensorRecording.notification($0) }
        }
        notifications.removeAll { $0.samples.isEmpty }
        guard let first = notifications.first, let last = notifications.last else {
            throw .conflict(
                "nothing is there to look at: the sensor has sent nothing lately, or the recording is empty")
        }
        let known = sensors[id]?.detector.calibration ?? sensorStates[id]?.rest
        return DryRunResult(
            begin: first.arrival, beginWall: beginWall, span: last.arrival - first.arrival, thresholds: wish.thresholds,
            outcome: DryRun.run(notifications, thresholds: wish.thresholds, calibration: known),
            present: DryRun.run(notifications, thresholds: present, calibration: known))
    }
}
