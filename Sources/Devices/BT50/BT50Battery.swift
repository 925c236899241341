/// How full the sensor's lithium cell is, by the table of the vendor's app: straight lines between measured points.
package enum BT50Battery {
    private static let points: [(centivolts: Int, percent: Int)] = [
        (340, 0), (350, 5), (368, 10), (370, 15), (373, 20), (377, 30), (379, 40), (382, 50), (387, 60), (393, 75),
        (396, 90), (399, 100),
    ]

    /// - Parameter centivolts: as the sensor sends it.
    package static func percent(centivolts: Int16) -> Int {
        let voltage = Int(centivolts)
        guard let upper = points.firstIndex(where: { $0.centivolts >= voltage }) else { return 100 }
        guard upper > 0 else { return 0 }
        let (left, right) = (points[upper - 1], points[upper])
        let rise = (right.percent - left.percent) * (voltage - left.centivolts)
        let run = right.centivolts - left.centivolts
        // To the nearest whole percent.
        return left.percent + (2 * rise + run) / (2 * run)
    }
}
