/// The sizes in which mats are made, for those that do not tell theirs.
enum MatSizes {
    private static let oblong: [(rows: Int, columns: Int)] = [(12, 8), (13, 9), (28, 56), (56, 19), (32, 64)]

    /// The one size that mats of so many cells have; nil when there is none.
    static func size(ofCells count: Int) -> (rows: Int, columns: Int)? {
        if let size = oblong.first(where: { $0.rows * $0.columns == count }) { return size }
        for side in 8...MatReading.longestSide where side * side == count { return (side, side) }
        return nil
    }
}
