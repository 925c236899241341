import Devices
import Events

/// The statistics of one region of a frame, as numpy computes them.
package struct RegionStatistics: Hashable, Sendable {
    package var meanForce: Double
    package var maximum: Double
    package var sum: Double
    package var mean: Double
    /// Of the population.
    package var standardDeviation: Double
    package var minimum: Double

    /// What the pressures are multiplied by to get forces: every region counts as this large.
    package static let area = 2.0

    package init(
        meanForce: Double, maximum: Double, sum: Double, mean: Double, standardDeviation: Double, minimum: Double
    ) {
        self.meanForce = meanForce
        self.maximum = maximum
        self.sum = sum
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.minimum = minimum
    }

    /// A region without cells has those of a single cell without pressure.
    init(of cells: [Double]) {
        guard !cells.isEmpty else {
            self.init(meanForce: 0, maximum: 0, sum: 0, mean: 0, standardDeviation: 0, minimum: 0)
            return
        }
        let summary = cells.withUnsafeBufferPointer { NumericSummary(of: $0) }
        self.init(
            meanForce: summary.mean * Self.area, maximum: summary.maximum, sum: summary.sum, mean: summary.mean,
            standardDeviation: summary.standardDeviation, minimum: summary.minimum)
    }

    /// Each statistic by the name that clients know it by, in the order in which they are sent.
    package var members: [(name: StaticString, value: Double)] {
        [
            ("mean_force", meanForce), ("max", maximum), ("sum_pressure", sum), ("mean", mean),
            ("std", standardDeviation), ("min", minimum),
        ]
    }

    /// Combines each statistic with that of another frame.
    func combined(with other: Self, _ combine: (Double, Double) -> Double) -> Self {
        Self(
            meanForce: combine(meanForce, other.meanForce), maximum: combine(maximum, other.maximum),
            sum: combine(sum, other.sum), mean: combine(mean, other.mean),
            standardDeviation: combine(standardDeviation, other.standardDeviation),
            minimum: combine(minimum, other.minimum))
    }
}

/// The statistics of all regions of a frame.
package struct PressureStatistics: Hashable, Sendable {
    package let regions: PressureRegions
    /// In the order of the regions.
    package internal(set) var values: [RegionStatistics]

    package init(_ regions: PressureRegions, _ values: [RegionStatistics]) {
        self.regions = regions
        self.values = values
    }
}

/// Computes the statistics of frames. Reuses its memory from frame to frame.
package struct PressureStatisticsCalculator: Sendable {
    private let tables: PressureRegionTables
    private let ignoresMissingCells: Bool
    private var cells: [Double] = []

    /// - Parameter ignoresMissingCells: whether cells without a sensor are left out; otherwise they count as -1.
    package init(_ tables: PressureRegionTables = PressureRegionTables(), ignoresMissingCells: Bool = false) {
        self.tables = tables
        self.ignoresMissingCells = ignoresMissingCells
    }

    package mutating func statistics(of matrix: PressureMatrix) -> PressureStatistics {
        let regions = tables.regions(rows: matrix.rows, columns: matrix.columns)
        var values: [RegionStatistics] = []
        values.reserveCapacity(regions.all.count)
        for region in regions.all {
            collectCells(of: region, in: matrix)
            values.append(RegionStatistics(of: cells))
        }
        return PressureStatistics(regions, values)
    }

    private mutating func collectCells(of region: PressureRegion, in matrix: PressureMatrix) {
        cells.removeAll(keepingCapacity: true)
        let columns = region.columns.indices(in: matrix.columns)
        for row in region.rows.indices(in: matrix.rows) {
            let start = row * matrix.columns
            cells += matrix.cells[start + columns.lowerBound..<start + columns.upperBound]
        }
        if ignoresMissingCells { cells.removeAll { $0 == PressureMatrix.noSensor } }
    }
}
