import Events

/// A competition league: the owner of stages.
package struct League: Hashable, Sendable {
    package let id: Int
    package let name: String
    package let abbreviation: String
    package let description: String?
}

/// A stage: a set of targets at fixed places.
package struct Stage: Hashable, Sendable {
    package let id: Int
    package let league: Int
    package let name: String
    package let description: String?
    /// By number.
    package var targets: [StageTarget]

    package func target(numbered number: Int) -> StageTarget? { targets.first { $0.number == number } }
}

/// A target of a stage. Lengths are in feet, as leagues publish them.
package struct StageTarget: Hashable, Sendable {
    /// Unique over all stages.
    package let id: Int
    /// Counted from 1.
    package let number: Int
    package let shape: String
    package let type: TargetType
    package let category: Category
    package let distance: Int
    /// To the right of the centre line.
    package let offset: Double
    package let height: Double

    /// The raw values are LeadVille's.
    package enum TargetType: String, Sendable {
        case plate = "Plate"
        case gong = "Gong"
    }

    package enum Category: String, Sendable {
        case primary = "Primary"
        case stop = "Stop"
        case penalty = "Penalty"
    }

    /// The place in metres, to the millimetre: to the right of the centre line, and above the ground.
    package var location: TargetPoint {
        TargetPoint(x: Self.metres(offset), y: Self.metres(height))
    }

    private static func metres(_ feet: Double) -> Double { (feet * 304.8).rounded() / 1_000 }
}

/// A target as it is written in a table of stages, without an id.
struct StageTargetLayout: Hashable, Sendable {
    var shape: String
    var type: StageTarget.TargetType
    var category: StageTarget.Category
    var distance: Int
    var offset: Double
    var height: Double

    func target(id: Int, number: Int) -> StageTarget {
        StageTarget(
            id: id, number: number, shape: shape, type: type, category: category, distance: distance, offset: offset,
            height: height)
    }
}
