import Devices
import Drivers
import Events
import Reactor

/// The targets of the range and the sensors assigned to them. An assignment is part of the sensor's record in the registry.
@ReactorActor
final class RangeTargets {
    private let registry: DeviceRegistry
    private let persistence: RangePersistence
    private var targets: [String: RangeTarget] = [:]

    private static let maximum = 256

    init(registry: DeviceRegistry, persistence: RangePersistence) {
        self.registry = registry
        self.persistence = persistence
    }

    subscript(id: String) -> RangeTarget? { targets[id] }

    /// The targets with their sensors, sorted by rack, then by id.
    var list: [(target: RangeTarget, sensors: [String])] {
        let assigned = Dictionary(grouping: registry.records.filter { $0.role.target != nil }) { $0.role.target ?? "" }
        return sorted.map { ($0, assigned[$0.id, default: []].map(\.id.text)) }
    }

    func add(_ target: RangeTarget, sensors: [String]?) throws(RangeError) {
        try checkSensors(sensors)
        try insert(target)
        persistence.save(target)
        try assign(sensors, to: target.id)
    }

    /// Adds or replaces the target.
    func put(_ target: RangeTarget, sensors: [String]?) throws(RangeError) {
        try checkSensors(sensors)
        if targets[target.id] == nil { try insert(target) } else { targets[target.id] = target }
        persistence.save(target)
        try assign(sensors, to: target.id)
    }

    func remove(_ id: String) throws(RangeError) {
        guard targets.removeValue(forKey: id) != nil else { throw .unknown("there is no target \"\(id)\"") }
        persistence.removeTarget(id)
        try assign([], to: id)
    }

    func assign(_ sensor: String, to target: String?) throws(RangeError) {
        let record = try registry.sensor(sensor)
        if let target, targets[target] == nil { throw .unknown("there is no target \"\(target)\"") }
        try setTarget(of: record.id, to: target ?? "")
    }

    func restore(_ target: RangeTarget) {
        try? insert(target)
    }

    func saveAll() {
        for target in sorted { persistence.save(target) }
    }

    private var sorted: [RangeTarget] {
        targets.values.sorted { ($0.rack ?? "", $0.id) < ($1.rack ?? "", $1.id) }
    }

    private func insert(_ target: RangeTarget) throws(RangeError) {
        guard targets[target.id] == nil else { throw .conflict("target \"\(target.id)\" already exists") }
        guard targets.count < Self.maximum else { throw .conflict("the maximum of \(Self.maximum) targets is reached") }
        targets[target.id] = target
    }

    private func checkSensors(_ sensors: [String]?) throws(RangeError) {
        for sensor in sensors ?? [] { _ = try registry.sensor(sensor) }
    }

    /// Assigns exactly these sensors to the target; nil changes nothing.
    private func assign(_ sensors: [String]?, to target: String) throws(RangeError) {
        guard let sensors else { return }
        for record in registry.records where record.role.target == target && !sensors.contains(record.id.text) {
            try setTarget(of: record.id, to: "")
        }
        for sensor in sensors { try setTarget(of: DeviceID(sensor), to: target) }
    }

    private func setTarget(of sensor: DeviceID, to target: String) throws(RangeError) {
        do {
            try registry.decide(sensor, DeviceDecision(target: target))
        } catch {
            throw .conflict("\(sensor): \(error.text)")
        }
    }
}
