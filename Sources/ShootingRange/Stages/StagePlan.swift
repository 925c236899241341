import Clocks
import Events

/// Leagues and stages, which stage and timer are chosen, and the whole numbers under which clients know devices. A value:
/// the sensors of the chosen stage are in the registry of devices, those of other stages are prepared here.
package struct StagePlan: Hashable, Sendable {
    package var leagues: [League] = []
    package var stages: [Stage] = []
    /// Nil until somebody chooses a stage.
    package var chosenStage: Int?
    /// The timer that was chosen for the stage.
    package var timer: DeviceID?
    package var site: Site
    /// Sensors that were assigned to a target of a stage that is not the current one, by the target's id.
    package var prepared: [Int: DeviceID] = [:]
    /// The targets of the range that belong to no league's stage, by their ids.
    package internal(set) var ownTargets: [String: OwnTarget] = [:]
    package internal(set) var deviceNumbers: [DeviceID: Int] = [:]
    package internal(set) var sessions: [Session] = []
    /// The last number that was assigned of each kind: numbers are never reused.
    var last = LastNumbers()

    /// The name of this gateway.
    package struct Site: Hashable, Sendable {
        package var name: String
        package var identifier: String
        package var created: WallTime
        package var updated: WallTime
    }

    package struct OwnTarget: Hashable, Sendable {
        package let id: Int
        package let number: Int
    }

    /// A named period of use, in which devices are leased.
    package struct Session: Hashable, Sendable {
        package let id: Int
        package let name: String
        package let stage: Int?
    }

    struct LastNumbers: Hashable, Sendable {
        var league = 0
        var stage = 0
        var target = 0
        var device = 0
        var session = 0
        var lease = 0
    }

    /// The league and the stage of the range's own targets. They follow the published ones.
    package static let ownLeague = 3
    package static let ownStage = 17
    static let maximumSessions = 100
    static let maximumDeviceNumbers = 1_024
    package static let maximumStages = 500
    package static let maximumTargetsPerStage = 50

    /// With the published stages, whose ids are fixed in clients.
    package init(siteName: String, at now: WallTime) {
        site = Site(name: siteName, identifier: "bridge-001", created: now, updated: now)
        for layout in PublishedStages.leagues {
            let league = addLeague(
                layout.name, layout.abbreviation, description: "\(layout.name) competition stages")
            for stage in layout.stages {
                addStage(
                    stage.name, in: league, description: "\(layout.name) stage with \(stage.targets.count) targets",
                    stage.targets)
            }
        }
        (last.league, last.stage) = (Self.ownLeague, Self.ownStage)
    }

    // MARK: Leagues and stages

    @discardableResult
    mutating func addLeague(_ name: String, _ abbreviation: String, description: String?) -> Int {
        last.league += 1
        leagues.append(
            League(id: last.league, name: name, abbreviation: abbreviation, description: description))
        return last.league
    }

    @discardableResult
    mutating func addStage(_ name: String, in league: Int, description: String?, _ targets: [StageTargetLayout]) -> Int
    {
        last.stage += 1
        stages.append(
            Stage(
                id: last.stage, league: league, name: name, description: description,
                targets: targets.enumerated().map { number, layout in
                    last.target += 1
                    return layout.target(id: last.target, number: number + 1)
                }))
        return last.stage
    }

    // MARK: The range's own targets

    /// Assigns ids and numbers to the range's own targets and discards those of targets that are gone. Returns whether
    /// something changed.
    mutating func updateOwnTargets(_ targets: [String]) -> Bool {
        let gone = Set(ownTargets.keys).subtracting(targets)
        for id in gone { ownTargets[id] = nil }
        var hasChanged = !gone.isEmpty
        for id in targets where ownTargets[id] == nil {
            let used = Set(ownTargets.values.map(\.number))
            last.target += 1
            ownTargets[id] = OwnTarget(id: last.target, number: (1...).first { !used.contains($0) } ?? 1)
            hasChanged = true
        }
        return hasChanged
    }

    /// The stage in use: the chosen one; else that of the range's own targets, if there are any; else the first.
    package var currentStage: Int {
        chosenStage ?? (ownTargets.isEmpty ? stages.first?.id ?? Self.ownStage : Self.ownStage)
    }

    package static let maximumTargetNumber = 10

    /// The number of a target of the range in the current stage; nil if it is not part of it.
    func number(ofTarget id: String) -> Int? {
        let ownIsCurrent = currentStage == Self.ownStage
        if let own = ownTargets[id] { return ownIsCurrent ? own.number : nil }
        guard let number = Self.number(ofStageTarget: id) else { return nil }
        // One of the range's own targets has this number in their stage.
        return ownIsCurrent && ownTargets.values.contains { $0.number == number } ? nil : number
    }

    /// The number in `target-N`; nil for the ids of other targets.
    static func number(ofStageTarget id: String) -> Int? {
        guard id.hasPrefix("target-"), let number = Int(id.dropFirst(7)), 1...maximumTargetNumber ~= number,
            id == "target-\(number)"
        else { return nil }
        return number
    }

    // MARK: Numbers

    package func device(numbered number: Int) -> DeviceID? { deviceNumbers.first { $0.value == number }?.key }

    /// Assigns the next number to a device. If there are too many numbers, those of devices that are no longer known are
    /// discarded.
    mutating func addNumber(of device: DeviceID, known: @autoclosure () -> Set<DeviceID>) -> Int {
        if deviceNumbers.count >= Self.maximumDeviceNumbers {
            let known = known()
            deviceNumbers = deviceNumbers.filter { known.contains($0.key) }
        }
        last.device += 1
        deviceNumbers[device] = last.device
        return last.device
    }

    mutating func addSession(_ name: String, stage: Int?) -> Session {
        last.session += 1
        let session = Session(id: last.session, name: name, stage: stage)
        sessions.append(session)
        if sessions.count > Self.maximumSessions { sessions.removeFirst() }
        return session
    }

    mutating func nextLease() -> Int {
        last.lease += 1
        return last.lease
    }
}
