import VirtualDevices

/// Reproducible random numbers for tests: the generator of the virtual devices.
package typealias SeededGenerator = SeededRandom

extension SeededRandom {
    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    package mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }
}
