import Clocks
import Drivers
import Events
import Logging
import Reactor
import Store

/// Leagues, stages and the assignment of devices to a stage. What it assigns takes effect on the range, and what is
/// assigned on the range by other means is seen here: the registry of devices holds the only record of it.
///
/// Target number N of a league's stage is the target `target-N` of the range.
@ReactorActor
package final class StageService {
    private let range: any RangeProvider
    let registry: DeviceRegistry
    private let store: DataStore
    private let now: @ReactorActor () -> WallTime
    private var plan: StagePlan

    private static let documentName = "plan"

    /// - Parameter siteName: the name of this gateway until somebody gives it another one.
    package init(
        _ range: any RangeProvider, registry: DeviceRegistry, store: DataStore, siteName: String,
        now: @escaping @ReactorActor () -> WallTime = { SystemClock.wall() }
    ) {
        self.range = range
        self.registry = registry
        self.store = store
        self.now = now
        plan = StagePlan(siteName: siteName, at: now())
        if let state = store.state { restore(state) }
        store.onReset { [weak self] in self?.save() }
        // Numbers that clients know take precedence over those that were assigned without the store.
        store.onLateOpen { [weak self] in self?.restore($0) }
    }

    private func restore(_ state: StoredState) {
        guard let document = state.documents.first(where: { $0.kind == .stagePlan && $0.name == Self.documentName })
        else { return }
        guard let plan = StagePlanCodec.decode(document.body) else {
            return Log.error("The stored stages are damaged: starting with the published ones")
        }
        self.plan = plan
    }

    private func save() {
        store.put(.document(.stagePlan, name: Self.documentName, body: StagePlanCodec.encode(plan)))
    }

    /// Changes the plan and stores it.
    func change<Result>(_ body: (inout StagePlan) throws(RangeError) -> Result) throws(RangeError) -> Result {
        var changed = plan
        let result = try body(&changed)
        if changed != plan {
            plan = changed
            save()
        }
        return result
    }

    /// The plan, with the range's own targets as they are now.
    private var currentPlan: StagePlan {
        let own = range.targetList.map(\.target.id).filter { StagePlan.number(ofStageTarget: $0) == nil }
        if plan.updateOwnTargets(own) { save() }
        return plan
    }

    // MARK: Leagues and stages

    package var leagues: [League] {
        let plan = currentPlan
        let own = League(
            id: StagePlan.ownLeague, name: "Range", abbreviation: "RANGE", description: "Targets of this range")
        return plan.leagues + (hasOwnStage ? [own] : [])
    }

    package func league(_ id: Int) -> League? { leagues.first { $0.id == id } }

    package func stages(of league: Int) -> [Stage] {
        if league == StagePlan.ownLeague { return hasOwnStage ? [ownStage] : [] }
        return plan.stages.filter { $0.league == league }
    }

    package func stage(_ id: Int) -> Stage? {
        if id == StagePlan.ownStage { return hasOwnStage ? ownStage : nil }
        return plan.stages.first { $0.id == id }
    }

    /// All stages, by their ids.
    package var stages: [Stage] { leagues.flatMap { stages(of: $0.id) }.sorted { $0.id < $1.id } }

    /// The stage in use.
    package var currentStage: Stage { stage(currentPlan.currentStage) ?? ownStage }

    private var hasOwnStage: Bool {
        let plan = currentPlan
        return !plan.ownTargets.isEmpty || plan.chosenStage == StagePlan.ownStage
    }

    /// The range's own targets. What is not known of them has a plausible value, because clients need one.
    private var ownStage: Stage {
        let numbers = currentPlan.ownTargets
        let targets = range.targetList.compactMap { target, _ -> StageTarget? in
            guard let own = numbers[target.id] else { return nil }
            func feet(_ metres: Double) -> Double { (metres / 0.3048 * 10).rounded() / 10 }
            return StageTarget(
                id: own.id, number: own.number, shape: "Target", type: .plate, category: .primary,
                distance: max(1, Int(clamping: Int64(feet(target.location?.y ?? 3)))),
                offset: feet(target.location?.x ?? 0), height: 5)
        }
        return Stage(
            id: StagePlan.ownStage, league: StagePlan.ownLeague, name: "Own targets",
            description: "The targets that were defined on this range",
            targets: targets.sorted { $0.number < $1.number })
    }

    // MARK: Choices

    package var site: StagePlan.Site { plan.site }

    package func setSite(name: String, identifier: String) throws(RangeError) {
        try change { plan throws(RangeError) in
            (plan.site.name, plan.site.identifier, plan.site.updated) = (name, identifier, now())
        }
    }

    package var timer: DeviceID? { plan.timer }

    /// Chooses a timer, which is used from now on; nil only clears the choice.
    package func setTimer(_ timer: DeviceID?) throws(RangeError) {
        if let timer {
            if registry[timer]?.role.target != nil { try range.assign(timer.text, to: nil) }
            try use(timer)
        }
        try change { plan throws(RangeError) in
            plan.timer = timer
            if let timer { plan.prepared = plan.prepared.filter { $0.value != timer } }
        }
    }

    /// Chooses the stage for the next runs. Returns it with the number of sensors that are assigned there.
    /// - Parameter preserving: keeps the timer and the sensors, by the numbers of their targets; otherwise unassigns both.
    @discardableResult
    package func choose(_ id: Int, preserving: Bool) throws(RangeError) -> (stage: Stage, sensors: Int) {
        guard let stage = stage(id) else { throw .unknown("there is no stage \(id)") }
        let before = assignments
        let prepared = plan.prepared.filter { entry in stage.targets.contains { $0.id == entry.key } }
        for assignment in before where !preserving || id != currentStage.id {
            try range.assign(assignment.device.id.text, to: nil)
        }
        try change { plan throws(RangeError) in
            plan.chosenStage = id
            plan.site.updated = now()
            if !preserving { plan.timer = nil }
            for target in prepared.keys { plan.prepared[target] = nil }
        }
        if preserving {
            for assignment in before { try assign(assignment.device.id, toNumber: assignment.number, of: stage) }
            for (target, device) in prepared.sorted(by: { $0.key < $1.key }) {
                guard let number = stage.targets.first(where: { $0.id == target })?.number,
                    !assignments.contains(where: { $0.number == number }), registry[device] != nil
                else { continue }
                try assign(device, toNumber: number, of: stage)
            }
        }
        try removeUnusedTargets()
        var edit = RunEdit()
        edit.stage = "\(league(stage.league)?.name ?? "") - \(stage.name)"
        range.editUpcoming(edit)
        return (stage, assignments.count)
    }

    /// Targets of a former stage on which no sensor is left.
    private func removeUnusedTargets() throws(RangeError) {
        for (target, sensors) in range.targetList
        where sensors.isEmpty && StagePlan.number(ofStageTarget: target.id) != nil {
            try range.removeTarget(target.id)
        }
    }

    // MARK: Assignments

    package struct Assignment: Sendable {
        package let number: Int
        package let device: DeviceRecord
    }

    package static let maximumTargetNumber = StagePlan.maximumTargetNumber

    /// The sensors of the current stage, by the number of their target.
    package var assignments: [Assignment] { assignments(currentPlan) }

    private func assignments(_ plan: StagePlan) -> [Assignment] {
        registry.records.compactMap { record in
            guard let target = record.role.target, let number = plan.number(ofTarget: target) else { return nil }
            return Assignment(number: number, device: record)
        }.sorted { ($0.number, $0.device.id.text) < ($1.number, $1.device.id.text) }
    }

    /// The stages and their sensors at one moment, for replies about many of them.
    package var view: StageView {
        let plan = currentPlan
        let names = range.targetList.map { ($0.target.id, $0.target.name) }
        return StageView(
            plan: plan, stage: currentStage, assignments: assignments(plan),
            prepared: plan.prepared.compactMapValues { registry[$0] },
            names: Dictionary(names) { first, _ in first })
    }

    /// Assigns a device to a target of the current stage by its number, 1...10. A sensor leaves its former target, and the
    /// target its former sensor.
    package func assign(_ device: DeviceID, toNumber number: Int) throws(RangeError) {
        guard 1...Self.maximumTargetNumber ~= number else {
            throw .invalid("target_number must be from 1 to \(Self.maximumTargetNumber), not \(number)")
        }
        _ = try registry.sensor(device.text)
        for other in assignments where other.number == number && other.device.id != device {
            try range.assign(other.device.id.text, to: nil)
        }
        try assign(device, toNumber: number, of: currentStage)
    }

    /// Assigns a sensor to a target of any stage. Without a chosen stage, that stage becomes the one in use; else the
    /// assignment takes effect when the stage is chosen.
    package func assign(_ device: DeviceID, to target: StageTarget, of stage: Stage) throws(RangeError) {
        _ = try registry.sensor(device.text)
        if stage.id != currentStage.id, plan.chosenStage == nil { try choose(stage.id, preserving: true) }
        if stage.id == currentStage.id { return try assign(device, toNumber: target.number, of: stage) }
        if registry[device]?.role.target != nil { try range.assign(device.text, to: nil) }
        try use(device)
        try change { plan throws(RangeError) in
            plan.prepared = plan.prepared.filter { $0.value != device }
            plan.prepared[target.id] = device
        }
    }

    /// Unassigns the sensors of a target.
    package func unassign(_ target: StageTarget, of stage: Stage) throws(RangeError) {
        if stage.id == currentStage.id { try unassign(number: target.number) }
        try change { plan throws(RangeError) in plan.prepared[target.id] = nil }
    }

    /// Unassigns the sensors of the target with this number, and returns them.
    @discardableResult
    package func unassign(number: Int) throws(RangeError) -> [DeviceRecord] {
        let sensors = assignments.filter { $0.number == number }.map(\.device)
        for sensor in sensors { try range.assign(sensor.id.text, to: nil) }
        return sensors
    }

    /// Unassigns a device from its target, whichever it is.
    package func unassign(_ device: DeviceID) throws(RangeError) {
        if registry[device]?.role.target != nil { try range.assign(device.text, to: nil) }
        try change { plan throws(RangeError) in plan.prepared = plan.prepared.filter { $0.value != device } }
    }

    private func assign(_ device: DeviceID, toNumber number: Int, of stage: Stage) throws(RangeError) {
        try putTarget(number, of: stage)
        try use(device)
        try range.assign(device.text, to: targetID(number, of: stage))
        try change { plan throws(RangeError) in plan.prepared = plan.prepared.filter { $0.value != device } }
    }

    /// Defines the targets of the current stage with these numbers on the range, all of them or none: afterwards sensors can
    /// be assigned to them.
    package func defineTargets(_ numbers: [Int]) throws(RangeError) {
        let stage = currentStage
        let before = Set(range.targetList.map(\.target.id))
        do throws(RangeError) {
            for number in numbers { try putTarget(number, of: stage) }
        } catch {
            for number in numbers {
                let id = targetID(number, of: stage)
                if !before.contains(id) { try? range.removeTarget(id) }
            }
            throw error
        }
    }

    private func putTarget(_ number: Int, of stage: Stage) throws(RangeError) {
        let id = targetID(number, of: stage)
        guard StagePlan.number(ofStageTarget: id) != nil else { return }
        var target =
            range.targetList.first { $0.target.id == id }?.target ?? RangeTarget(id: id, name: "Target \(number)")
        if let layout = stage.target(numbered: number), stage.id != StagePlan.ownStage {
            target.location = layout.location
        }
        try range.putTarget(target, sensors: nil)
    }

    /// A device that is assigned is used.
    private func use(_ device: DeviceID) throws(RangeError) {
        guard let record = registry[device] else { throw .unknown("there is no device \"\(device)\"") }
        guard record.adoption != .use else { return }
        do {
            try registry.decide(device, DeviceDecision(adopt: true))
        } catch {
            throw .conflict("\(device): \(error.text)")
        }
    }

    // MARK: Targets of the range

    private func targetID(_ number: Int, of stage: Stage) -> String {
        if stage.id == StagePlan.ownStage, let own = plan.ownTargets.first(where: { $0.value.number == number }) {
            return own.key
        }
        return "target-\(number)"
    }
}

// MARK: - Numbers

extension StageService {
    /// The whole number of a device of the registry.
    package func number(of device: DeviceID) -> Int {
        if let number = plan.deviceNumbers[device] { return number }
        defer { save() }
        return plan.addNumber(of: device, known: Set(registry.records.map(\.id)))
    }

    /// The known device with this number.
    package func device(numbered number: Int) -> DeviceRecord? {
        plan.device(numbered: number).flatMap { registry[$0] }
    }

    package func session(_ id: Int) -> StagePlan.Session? { plan.sessions.first { $0.id == id } }

    package func addSession(_ name: String, stage: Int?) throws(RangeError) -> StagePlan.Session {
        try change { plan throws(RangeError) in plan.addSession(name, stage: stage) }
    }

    package func nextLease() throws(RangeError) -> Int {
        try change { plan throws(RangeError) in plan.nextLease() }
    }
}

/// The stages and their sensors at one moment.
package struct StageView: Sendable {
    private let plan: StagePlan
    /// The stage in use.
    package let stage: Stage
    package let assignments: [StageService.Assignment]
    private let prepared: [Int: DeviceRecord]
    private let names: [String: String]

    fileprivate init(
        plan: StagePlan, stage: Stage, assignments: [StageService.Assignment], prepared: [Int: DeviceRecord],
        names: [String: String]
    ) {
        self.plan = plan
        self.stage = stage
        self.assignments = assignments
        self.prepared = prepared
        self.names = names
    }

    /// The sensor of a target: the one on the range, or the one that is prepared for a stage that is not in use.
    package func sensor(of target: StageTarget, in stage: Stage) -> DeviceRecord? {
        if stage.id == self.stage.id { return assignments.first { $0.number == target.number }?.device }
        return prepared[target.id]
    }

    /// The id and the name of the target that a device is assigned to, on the range or in a prepared stage.
    package func target(of device: DeviceRecord) -> (id: Int, name: String)? {
        guard let target = device.role.target else {
            guard let prepared = plan.prepared.first(where: { $0.value == device.id }) else { return nil }
            let number = plan.stages.flatMap(\.targets).first { $0.id == prepared.key }?.number ?? 0
            return (prepared.key, "Target \(number)")
        }
        let name = names[target] ?? target
        if let own = plan.ownTargets[target] { return (own.id, name) }
        let number = StagePlan.number(ofStageTarget: target) ?? 0
        return (stage.target(numbered: number)?.id ?? -number, name)
    }
}
