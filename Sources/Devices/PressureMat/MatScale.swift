/// Converts the raw value of a cell to a pressure: linear from rest to full pressure.
package struct MatScale: Hashable, Sendable {
    /// The raw value at rest. It may exceed `full`: resistance falls under pressure.
    package let rest: Double
    /// The raw value at 100.
    package let full: Double
    /// Raw values up to this one mean that there is no sensor.
    package let noSensor: Double
    private let factor: Double

    /// Nil if the two are equal or not finite.
    package init?(rest: Double, full: Double, noSensor: Double = -.infinity) {
        guard rest.isFinite, full.isFinite, rest != full, !noSensor.isNaN else { return nil }
        self.init(from: rest, to: full, noSensor: noSensor)
    }

    private init(from rest: Double, to full: Double, noSensor: Double) {
        self.rest = rest
        self.full = full
        self.noSensor = noSensor
        factor = 100 / (full - rest)
    }

    /// Converter counts from 0 to `full`. A value below 0 means that there is no sensor.
    static func counts(to full: Int) -> Self {
        Self(from: 0, to: Double(full), noSensor: -0.5)
    }

    /// Ohms of a material whose resistance falls under pressure: 5,000 is rest, 1,000 is full pressure. The firmware
    /// sends -1 where there is no sensor.
    static let resistance = Self(from: 5_000, to: 1_000, noSensor: 0)

    /// The same, with resistances mapped linearly to 16 bits.
    static func resistance(from least: Double, to greatest: Double) -> Self {
        func raw(_ ohms: Double) -> Double { (ohms - least) / (greatest - least) * Double(UInt16.max) }
        return Self(from: raw(resistance.rest), to: raw(resistance.full), noSensor: raw(resistance.noSensor))
    }

    /// The same with another range; unchanged if its limits would be equal.
    func with(_ range: MatRange) -> Self {
        Self(
            rest: range.rest.map(Double.init) ?? rest, full: range.full.map(Double.init) ?? full, noSensor: noSensor)
            ?? self
    }

    @inline(__always)
    func percent(_ raw: Double) -> Double {
        raw <= noSensor ? MatReading.noSensor : min(100, max(0, (raw - rest) * factor))
    }
}

/// The raw values of a mat's cells as its user states them; nil for those of its format.
package struct MatRange: Hashable, Sendable {
    package var rest: Int?
    package var full: Int?

    package init(rest: Int? = nil, full: Int? = nil) {
        self.rest = rest
        self.full = full
    }

    package var isEmpty: Bool { rest == nil && full == nil }
}

/// The scale of a mat whose converter's range is an assumption: larger values in several frames in a row prove a wider
/// converter. A single damaged frame proves nothing, nor does a value that no converter of a mat yields.
struct LearntScale: Sendable {
    private(set) var scale: MatScale
    private var excessiveFrames = 0
    private var leastExcess = Double.infinity

    static let framesToWiden = 5
    /// Ten, twelve and fourteen bits.
    private static let ranges = [1_023, 4_095, 16_383]

    init(_ scale: MatScale) {
        self.scale = scale
    }

    /// Call with the greatest raw value of each frame.
    mutating func record(greatest: Double) {
        if greatest > scale.full, greatest <= Double(Self.ranges[Self.ranges.count - 1]) {
            excessiveFrames += 1
            leastExcess = min(leastExcess, greatest)
            guard excessiveFrames == Self.framesToWiden else { return }
            if let full = Self.ranges.first(where: { Double($0) >= leastExcess }) { scale = .counts(to: full) }
        }
        (excessiveFrames, leastExcess) = (0, .infinity)
    }
}
