import Clocks

/// What can be set in the timer, and how it reads a setting: words and numbers with as many digits as it expects.
package struct AMGSettings: Hashable, Sendable {
    package private(set) var sensitivity = 5
    package private(set) var echoDelay = 10
    package private(set) var beepVolume = 2
    package private(set) var preset = 1
    package private(set) var delayKind = 1
    package private(set) var fixedDelay = 0
    package private(set) var randomDelay = 0
    package private(set) var parType = 0
    package private(set) var parTimes = [0, 0, 0]

    /// Words that it does not understand change nothing.
    mutating func apply(_ command: String) {
        let words = command.split(separator: " ")
        guard words.first == "SET" else { return }
        let name = words.dropFirst().prefix { $0.allSatisfy { !$0.isNumber } }.joined(separator: " ")
        let digits = words.dropFirst().drop { $0.allSatisfy { !$0.isNumber } }
        let numbers = digits.compactMap { Int($0) }
        let widths = digits.map(\.utf8.count)
        switch (name, widths) {
        case ("SENSITIVITY", [2]): set(\.sensitivity, numbers, 1...10)
        case ("ECHO DELAY", [3]): set(\.echoDelay, numbers, 5...100)
        case ("BEEP VOLUME", [1]): set(\.beepVolume, numbers, 0...3)
        case ("PRESET", [1]): set(\.preset, numbers, 1...5)
        case ("PAR TYPE", [1]): set(\.parType, numbers, 0...3)
        case ("DELAY", [1, 4, 3]):
            guard numbers.count == 3, 0...2 ~= numbers[0] else { return }
            (delayKind, fixedDelay, randomDelay) = (numbers[0], numbers[1], numbers[2])
        case ("PAR TIME", [1, 5]):
            guard numbers.count == 2, 1...3 ~= numbers[0] else { return }
            parTimes[numbers[0] - 1] = numbers[1]
        default: break
        }
    }

    private mutating func set(_ place: WritableKeyPath<Self, Int>, _ numbers: [Int], _ allowed: ClosedRange<Int>) {
        guard let number = numbers.first, allowed.contains(number) else { return }
        self[keyPath: place] = number
    }

    /// From the command to the beep. What part of the random delay it takes, the timer tells nobody.
    func startDelay(using random: inout SeededRandom) -> Nanoseconds {
        switch delayKind {
        case 1: .milliseconds(Int64(fixedDelay) * 10)
        case 2: .milliseconds((Int64(fixedDelay) + .random(in: 0...Int64(randomDelay), using: &random)) * 10)
        default: .zero
        }
    }
}
