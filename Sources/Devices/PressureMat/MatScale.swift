/// What a cell's raw value means: a straight line from no pressure to as much as counts.
package struct MatScale: Hashable, Sendable {
    /// The raw value at rest. It may lie above `full`: a resistance falls under pressure.
    package let rest: Double
    /// The raw value that counts as 100.
    package let full: Double
    /// Raw values up to this one mean that there is no sensor.
    package let noSensor: Double
    private let factor: Double

    /// Nil when there is no line between the two, or when one of them is no number.
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

    /// Counts of a converter from 0 to `full`. Below 0 there is no sensor.
    static func counts(to full: Int) -> Self {
        Self(from: 0, to: Double(full), noSensor: -0.5)
    }

    /// Ohms of a material that conducts better under pressure: 5,000 is rest, 1,000 is as much as counts. Where there is
    /// no sensor the firmware says -1.
    static let resistance = Self(from: 5_000, to: 1_000, noSensor: 0)

    /// The same in sixteen bits, of which all lie between two resistances.
    static func resistance(from least: Double, to greatest: Double) -> Self {
        func raw(_ ohms: Double) -> Double { (ohms - least) / (greatest - least) * Double(UInt16.max) }
        return Self(from: raw(resistance.rest), to: raw(resistance.full), noSensor: raw(resistance.noSensor))
    }

    @inline(__always)
    func percent(_ raw: Double) -> Double {
        raw <= noSensor ? MatReading.noSensor : min(100, max(0, (raw - rest) * factor))
    }
}
