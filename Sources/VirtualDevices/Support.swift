import Clocks
import Random

package typealias SeededRandom = Random.SeededRandom

/// A fault at a set time after power-on. Faults of single frames or messages affect all within the interval.
package struct ScheduledFault<Fault: Hashable & Sendable>: Hashable, Sendable {
    package let fault: Fault
    package let start: Nanoseconds
    package let duration: Nanoseconds

    package init(_ fault: Fault, at start: Nanoseconds, for duration: Nanoseconds) {
        self.fault = fault
        self.start = start
        self.duration = duration
    }

    func isActive(at time: Nanoseconds) -> Bool {
        time >= start && time < start + duration
    }
}

func littleEndianBytes(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
}

func bigEndianBytes(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
}

/// Approximates a sine for a phase from 0 to 1 by two parabolas.
func approximateSine(_ phase: Double) -> Double {
    let half = phase < 0.5 ? phase * 2 : phase * 2 - 1
    let arch = 4 * half * (1 - half)
    return phase < 0.5 ? arch : -arch
}
