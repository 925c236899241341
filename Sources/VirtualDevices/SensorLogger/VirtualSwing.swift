import Clocks

/// A swing of the bat, as a phone in the pocket and a watch on the wrist feel it: the heel strikes, the foot is planted,
/// the hip turns, the wrist follows. When each of them peaks is known exactly.
package struct VirtualSwing: Hashable, Sendable {
    /// Since the phone began to record.
    package let heelStrike: Nanoseconds
    package let footPlant: Nanoseconds
    package let hipPeak: Nanoseconds
    package let wristPeak: Nanoseconds
    /// rad/s.
    package let hipSpeed: Double
    package let wristSpeed: Double

    package init(at heelStrike: Nanoseconds, random: inout SeededRandom) {
        func milliseconds(_ range: ClosedRange<Int64>) -> Nanoseconds {
            .milliseconds(.random(in: range, using: &random))
        }
        self.heelStrike = heelStrike
        hipPeak = heelStrike + milliseconds(40...170)
        footPlant = heelStrike + milliseconds(60...110)
        wristPeak = hipPeak + milliseconds(30...90)
        hipSpeed = .random(in: 8...14, using: &random)
        wristSpeed = .random(in: 18...30, using: &random)
    }

    /// Along the phone's x axis, in g: down when the heel strikes, up when the foot is planted.
    func push(at time: Nanoseconds) -> Double {
        2.5 * bump(time, footPlant, width: 0.025) - 1.8 * bump(time, heelStrike, width: 0.02)
    }

    func hip(at time: Nanoseconds) -> Double { hipSpeed * bump(time, hipPeak, width: 0.06) }

    func wrist(at time: Nanoseconds) -> Double { wristSpeed * bump(time, wristPeak, width: 0.05) }

    /// 1 at the middle, and next to nothing a few widths (in seconds) away.
    private func bump(_ time: Nanoseconds, _ middle: Nanoseconds, width: Double) -> Double {
        let distance = (time - middle).inSeconds / width
        let shape = 1 + distance * distance
        return 1 / (shape * shape)
    }
}
