import Clocks
import Devices
import Drivers
import Events

/// The import of LeadVille's own database.
extension StageService {
    package struct ImportSummary: Hashable, Sendable {
        package fileprivate(set) var stages = 0
        package fileprivate(set) var newStages = 0
        package fileprivate(set) var devices = 0
        package fileprivate(set) var newDevices = 0
        package fileprivate(set) var assignments = 0
        /// What was left out, and why.
        package fileprivate(set) var warnings: [String] = []
    }

    /// Takes over stages, names of devices and assignments. What is there already stays as it is: a stage with the same name
    /// in the same league, a name that was given here.
    package func importLeadVille(_ database: LeadVilleDatabase) throws(RangeError) -> ImportSummary {
        var summary = ImportSummary()
        let stageIDs = try importStages(database, &summary)
        for device in database.devices { importDevice(device.address, device.label, isTimer: device.isTimer, &summary) }
        if let stage = database.currentStage.flatMap({ stageIDs[$0] }) {
            try choose(stage, preserving: true)
        } else if let stage = database.currentStage {
            summary.warnings.append("the stage in use, \(stage), is not in the database")
        }
        if let site = database.site, !site.name.isEmpty, !site.identifier.isEmpty {
            try setSite(name: site.name, identifier: site.identifier)
        }
        if let timer = database.timer, importDevice(timer, nil, isTimer: true, &summary) {
            try setTimer(DeviceID(timer.uppercased()))
        }
        for (number, address) in database.assignments {
            guard importDevice(address, nil, isTimer: false, &summary) else { continue }
            importAssignment(of: address, &summary) { (device) throws(RangeError) in
                try assign(device, toNumber: number)
            }
        }
        importPreparedAssignments(database, stageIDs, &summary)
        return summary
    }

    /// The ids here by those there.
    private func importStages(
        _ database: LeadVilleDatabase, _ summary: inout ImportSummary
    ) throws(RangeError) -> [Int64: Int] {
        var ids: [Int64: Int] = [:]
        var added = 0
        try change { plan throws(RangeError) in
            for row in database.stages {
                let league =
                    plan.leagues.first { $0.name == row.league }?.id
                    ?? plan.addLeague(row.league, row.abbreviation, description: nil)
                if let known = plan.stages.first(where: { $0.league == league && $0.name == row.name }) {
                    ids[row.id] = known.id
                } else {
                    guard plan.stages.count < StagePlan.maximumStages else {
                        throw .conflict("the maximum of \(StagePlan.maximumStages) stages is reached")
                    }
                    ids[row.id] = plan.addStage(
                        row.name, in: league, description: row.description, row.targets.map(\.layout))
                    added += 1
                }
            }
        }
        (summary.stages, summary.newStages) = (database.stages.count, added)
        return ids
    }

    /// Sensors of stages that are not in use.
    private func importPreparedAssignments(
        _ database: LeadVilleDatabase, _ stageIDs: [Int64: Int], _ summary: inout ImportSummary
    ) {
        let assigned = Set(database.assignments.map(\.address))
        for device in database.devices where !device.isTimer && !assigned.contains(device.address) {
            guard let target = device.target,
                let row = database.stages.first(where: { $0.targets.contains { $0.id == target } }),
                let index = row.targets.firstIndex(where: { $0.id == target }),
                let stage = stageIDs[row.id].flatMap({ stage($0) }), index < stage.targets.count
            else { continue }
            importAssignment(of: device.address, &summary) { (id) throws(RangeError) in
                try assign(id, to: stage.targets[index], of: stage)
            }
        }
    }

    private func importAssignment(
        of address: String, _ summary: inout ImportSummary, _ assign: (DeviceID) throws(RangeError) -> Void
    ) {
        do throws(RangeError) {
            try assign(DeviceID(address.uppercased()))
            summary.assignments += 1
        } catch {
            summary.warnings.append("\(address) is not assigned: \(error.text)")
        }
    }

    /// Returns false if the device cannot be added.
    @discardableResult
    private func importDevice(
        _ address: String, _ label: String?, isTimer: Bool, _ summary: inout ImportSummary
    ) -> Bool {
        let id = DeviceID(address.uppercased())
        let name = label.flatMap { $0.isEmpty ? nil : KnownDevices.shortened($0) }
        if let known = registry[id] {
            if label != nil { summary.devices += 1 }
            let needsName = known.givenName == nil && name != nil
            guard needsName || known.adoption != .use else { return true }
            _ = try? registry.decide(id, DeviceDecision(name: needsName ? name : nil, adopt: true))
            return true
        }
        let family: DeviceFamily = isTimer ? .amgCommander : .bt50
        guard registry.addUnseen(id, as: family, name: name, at: SystemClock.wall()) else {
            summary.warnings.append(
                "the device \(address) is left out: it is no Bluetooth address, or there are too many")
            return false
        }
        summary.devices += 1
        summary.newDevices += 1
        return true
    }
}
