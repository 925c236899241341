import Clocks
import Text

/// The id of a workout: 24 hexadecimal digits, like the ids of the documents that the original stores.
package struct WorkoutID: Hashable, Sendable {
    /// In lower case.
    package let text: String

    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 24, text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
            return nil
        }
        self.text = text.lowercased()
    }

    /// An id of a time, followed by what distinguishes it from the others of that second.
    init(time: WallTime, process: UInt64, number: UInt32) {
        func digits(_ value: UInt64, _ count: Int) -> String {
            Hexadecimal.text(value & (1 << UInt64(4 * count) - 1), digits: count)
        }
        let seconds = UInt64(clamping: time.nanoseconds / 1_000_000_000)
        text = digits(seconds, 8) + digits(process, 10) + digits(UInt64(number), 6)
    }
}

/// Assigns ids that no other process assigns.
struct WorkoutIDGenerator: Sendable {
    private let process = UInt64.random(in: 0..<1 << 40)
    private var number = UInt32.random(in: 0..<1 << 24)

    mutating func next(at time: WallTime) -> WorkoutID {
        number &+= 1
        return WorkoutID(time: time, process: process, number: number)
    }
}
