/// The latest frame of a mat, and the trail of its centre of pressure: what a page shows that is opened later.
package struct PressureTrail: Sendable {
    /// A place on the mat, from 0 at the left to 1, and from 0 at the top to 1.
    package struct Point: Hashable, Sendable {
        package let x: Double
        package let y: Double

        package init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// Number of points that are kept.
    package static let capacity = 120

    package private(set) var rows = 0
    package private(set) var columns = 0
    /// The cells of the latest frame, row by row.
    package private(set) var cells: [Double] = []
    /// A ring: the oldest point is at `first`.
    private var ring: [Point] = []
    private var first = 0
    private var count = 0
    /// The maximum pressure so far, which decays slowly: what is small beside it is noise.
    package private(set) var scale = 0.0
    private var nextScale = 0.0

    private static let scaleDecay = 0.999
    private static let noise = (ofScale: 0.02, ofPeak: 0.05)

    package init() {
        ring.reserveCapacity(Self.capacity)
    }

    /// Oldest first.
    package var points: [Point] { (0..<count).map { ring[(first + $0) % Self.capacity] } }

    /// Allocates nothing, except when the size of the mat changes.
    package mutating func receive(rows: Int, columns: Int, cells: [Double]) {
        guard rows > 0, columns > 0, cells.count == rows * columns else { return }
        if (rows, columns) == (self.rows, self.columns) {
            self.cells.withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: cells) }
        } else {
            self = Self()
            (self.rows, self.columns) = (rows, columns)
            // A copy of its own: those who receive the frame need not share theirs.
            self.cells.append(contentsOf: cells)
        }
        if let centre = centre() {
            add(centre)
        } else if count > 0 {
            // The mat is unloaded: the trail fades.
            first = (first + 1) % Self.capacity
            count -= 1
        }
    }

    private mutating func add(_ point: Point) {
        if count == Self.capacity {
            ring[first] = point
            first = (first + 1) % Self.capacity
            return
        }
        let place = (first + count) % Self.capacity
        if place == ring.count { ring.append(point) } else { ring[place] = point }
        count += 1
    }

    /// Nil without pressure above the noise.
    private mutating func centre() -> Point? {
        var peak = 0.0
        for cell in cells { peak = max(peak, cell) }
        scale = nextScale
        nextScale = max(peak, scale * Self.scaleDecay)
        let threshold = max(Self.noise.ofScale * scale, Self.noise.ofPeak * peak)
        var (sum, x, y) = (0.0, 0.0, 0.0)
        var index = 0
        for row in 0..<rows {
            for column in 0..<columns {
                let value = cells[index]
                index += 1
                guard value > threshold else { continue }
                sum += value
                x += value * (Double(column) + 0.5)
                y += value * (Double(row) + 0.5)
            }
        }
        return sum > 0 ? Point(x: x / sum / Double(columns), y: y / sum / Double(rows)) : nil
    }
}
