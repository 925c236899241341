/// How the firmware makes a rate out of beats: the whole-number mean of the last four that were believable. Nothing
/// ever clears them, so the last rate outlives the finger.
struct HeartBeatDetector: Sendable {
    /// Infrared above this is a finger.
    static let fingerLevel = 20_000

    private var lastBeat: UInt32 = 0
    private var rates: [Int] = []
    private var nextPlace = 0

    private static let maximumRates = 4

    /// A beat at this `millis()`. Gives the rate that this one beat suggests.
    mutating func beat(at milliseconds: UInt32) -> Int {
        let gap = milliseconds &- lastBeat
        lastBeat = milliseconds
        let rate = Int(60_000 / max(1, gap))
        guard rate > 40, rate < 200 else { return rate }
        if rates.count < Self.maximumRates {
            rates.append(rate)
        } else {
            rates[nextPlace] = rate
            nextPlace = (nextPlace + 1) % Self.maximumRates
        }
        return rate
    }

    /// 0 before the first believable beat.
    var meanRate: Int { rates.isEmpty ? 0 : rates.reduce(0, +) / rates.count }
}
