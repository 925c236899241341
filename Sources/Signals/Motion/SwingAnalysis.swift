import Clocks
import Events

/// What a swing of a bat looked like, with the samples that each statement rests on. `docs/motion.md` defines the terms.
package struct SwingAnalysis: Hashable, Sendable {
    /// A sample, and its value in the unit of the statement.
    package struct Finding: Hashable, Sendable {
        package let time: WallTime
        package let value: Double

        package init(time: WallTime, value: Double) {
            self.time = time
            self.value = value
        }
    }

    /// The raw value is a stable name.
    package enum Verdict: String, CaseIterable, Sendable {
        case hipsEarly = "hips_early"
        case goodSequence = "good_sequence"
        case hipsLate = "hips_late"
        case insufficientData = "insufficient_data"

        /// A sentence for the player.
        package var text: String {
            switch self {
            case .hipsEarly: "The hips turn a bit early: they are fastest 50 ms after the heel strike, or sooner"
            case .goodSequence: "Good sequence: the hips are fastest between 50 ms and 150 ms after the heel strike"
            case .hipsLate: "The hips turn a bit late: they are fastest 150 ms after the heel strike, or later"
            case .insufficientData: "There are not enough samples of acceleration and rotation"
            }
        }
    }

    package enum Direction: String, Sendable {
        case right, left
    }

    /// The unit of the phone's acceleration with gravity, recognised by its length at rest.
    package enum AccelerationUnit: String, Sendable {
        case standardGravity = "g"
        case metresPerSecondSquared = "m/s2"
    }

    package var verdict = Verdict.insufficientData
    package var unit: AccelerationUnit?
    /// m/s², along the phone's x axis: the greatest acceleration,
    package var footPlant: Finding?
    /// and the least one before it.
    package var heelStrike: Finding?
    /// The greatest rotation of the phone, in degrees per second.
    package var hips: Finding?
    package var direction: Direction?
    /// The greatest rotation of the watch, in degrees per second.
    package var wrist: Finding?
    /// Where samples are missing, by quantity.
    package var gaps: [MotionEvent.Quantity: [MotionGap]] = [:]

    /// Whether samples are missing between the first finding and the last one, so that another sample may have been the
    /// greatest.
    package var isInterrupted: Bool {
        let times = [heelStrike, footPlant, hips, wrist].compactMap { $0?.time }
        guard let first = times.min(), let last = times.max() else { return false }
        return gaps.values.joined().contains { $0.begin < last && $0.end > first }
    }

    /// From the heel strike until the hips are fastest: the verdict depends on it.
    package var hipDelay: Nanoseconds? { Self.span(from: heelStrike, to: hips) }
    /// From the moment when the hips are fastest until the foot plant; negative if the foot is planted first.
    package var hipsToFootPlant: Nanoseconds? { Self.span(from: hips, to: footPlant) }
    package var wristDelay: Nanoseconds? { Self.span(from: heelStrike, to: wrist) }
    /// Whether the hips are fastest before the wrist.
    package var isChainInOrder: Bool? {
        guard let hips, let wrist else { return nil }
        return hips.time < wrist.time
    }

    private static func span(from start: Finding?, to end: Finding?) -> Nanoseconds? {
        guard let start, let end else { return nil }
        return end.time - start.time
    }

    package static let goodDelay = (after: Nanoseconds.milliseconds(50), before: Nanoseconds.milliseconds(150))
    private static let standardGravity = 9.806_65
    private static let degreesPerRadian = 180 / Double.pi

    /// - Parameter samples: of a quantity, in the order of time.
    package init(_ samples: (MotionEvent.Quantity) -> ArraySlice<MotionBuffer.Sample>) {
        let acceleration = samples(.rawAcceleration)
        let rotation = samples(.rotation)
        guard acceleration.count >= 2, rotation.count >= 2 else { return }
        let unit = Self.unit(of: acceleration)
        let scale = unit == .standardGravity ? Self.standardGravity : 1
        self.unit = unit
        for quantity in [MotionEvent.Quantity.rawAcceleration, .rotation, .wristRotation] {
            let found = MotionGap.find(in: samples(quantity))
            if !found.isEmpty { gaps[quantity] = found }
        }
        findFeet(in: acceleration, scale: scale)
        if let peak = Self.peak(of: rotation) {
            hips = Finding(time: peak.time, value: peak.vector.length * Self.degreesPerRadian)
            direction = peak.vector.x > 0 ? .right : .left
        }
        if let peak = Self.peak(of: samples(.wristRotation)) {
            wrist = Finding(time: peak.time, value: peak.vector.length * Self.degreesPerRadian)
        }
        guard let hipDelay else { return }
        verdict =
            hipDelay <= Self.goodDelay.after
            ? .hipsEarly : hipDelay < Self.goodDelay.before ? .goodSequence : .hipsLate
    }

    private mutating func findFeet(in samples: ArraySlice<MotionBuffer.Sample>, scale: Double) {
        guard let plant = samples.indices.max(by: { samples[$0].vector.x < samples[$1].vector.x }) else { return }
        func finding(_ index: Int) -> Finding {
            Finding(time: samples[index].time, value: samples[index].vector.x * scale)
        }
        footPlant = finding(plant)
        let before = samples.startIndex..<plant
        // A swing that begins with its peak has no earlier sample.
        heelStrike = finding(before.min { samples[$0].vector.x < samples[$1].vector.x } ?? plant)
    }

    private static func peak(of samples: ArraySlice<MotionBuffer.Sample>) -> MotionBuffer.Sample? {
        samples.max { $0.vector.squaredLength < $1.vector.squaredLength }
    }

    /// The median length is that of gravity alone: 1 in g, and 9.8 in m/s².
    private static func unit(of samples: ArraySlice<MotionBuffer.Sample>) -> AccelerationUnit {
        let lengths = samples.map(\.vector.length).sorted()
        return lengths[lengths.count / 2] < 4 ? .standardGravity : .metresPerSecondSquared
    }
}

extension Vector3 {
    var squaredLength: Double { x * x + y * y + z * z }
}
