import Events

/// The targets of the range, by their ids.
package struct RangeTargets: Hashable, Sendable {
    private var targets: [String: RangeTarget] = [:]
    static let maximum = 256

    package subscript(id: String) -> RangeTarget? { targets[id] }

    /// By rack, then by id.
    package var all: [RangeTarget] {
        targets.values.sorted { ($0.rack ?? "", $0.id) < ($1.rack ?? "", $1.id) }
    }

    mutating func add(_ target: RangeTarget) throws(RangeError) {
        guard targets[target.id] == nil else { throw .conflict("there is a target \"\(target.id)\" already") }
        guard targets.count < Self.maximum else { throw .conflict("there are \(Self.maximum) targets already") }
        targets[target.id] = target
    }

    /// Takes it in the place of the one that had its id, if any did.
    mutating func put(_ target: RangeTarget) throws(RangeError) {
        if targets[target.id] == nil { try add(target) } else { targets[target.id] = target }
    }

    mutating func remove(_ id: String) throws(RangeError) {
        guard targets.removeValue(forKey: id) != nil else { throw .unknown("there is no target \"\(id)\"") }
    }
}
