import Clocks

/// Encodes the timer's packets.
enum AMGPacketWriter {
    /// The values of a push or a screen; times in hundredths of a second.
    struct Status: Sendable {
        var shot = 0
        var total = 0
        var time = 0
        var split = 0
        var first = 0
        var last = 0
    }

    static let shotState: UInt8 = 3
    static let startState: UInt8 = 5
    static let stopState: UInt8 = 8

    static func push(_ state: UInt8, _ status: Status, string: Int) -> [UInt8] {
        screen(state, status) + bigEndianBytes(string)
    }

    static func screen(_ state: UInt8, _ status: Status) -> [UInt8] {
        [1, state, UInt8(truncatingIfNeeded: status.shot), UInt8(truncatingIfNeeded: status.total)]
            + [status.time, status.split, status.first, status.last].flatMap(bigEndianBytes)
    }

    /// Nine times per packet. A multiple of nine is not followed by a shorter packet.
    static func list(_ times: [Int]) -> [[UInt8]] {
        guard !times.isEmpty else { return [[10, 0]] }
        return stride(from: 0, to: times.count, by: 9).enumerated().map { index, start in
            let part = times[start..<min(start + 9, times.count)]
            return [UInt8(10 + index), UInt8(part.count)] + part.flatMap(bigEndianBytes)
        }
    }

    static func text(_ status: Status) -> [[UInt8]] {
        [
            "Shot# \(status.shot) of \(status.total)", "Time: \(seconds(status.time))",
            "Split: \(seconds(status.split))", "First Shot: \(seconds(status.first))",
            "Last Shot: \(seconds(status.last))",
        ].map { Array($0.utf8) }
    }

    private static func seconds(_ hundredths: Int) -> String {
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

/// The timer's settings, and its parser for SET commands, which require an exact number of digits.
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

    /// Applies a SET command; invalid commands have no effect.
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

    private mutating func set(_ setting: WritableKeyPath<Self, Int>, _ numbers: [Int], _ allowed: ClosedRange<Int>) {
        guard let number = numbers.first, allowed.contains(number) else { return }
        self[keyPath: setting] = number
    }

    /// The time from the start command to the beep. The timer does not report the random part.
    func startDelay(using random: inout SeededRandom) -> Nanoseconds {
        switch delayKind {
        case 1: .milliseconds(Int64(fixedDelay) * 10)
        case 2: .milliseconds((Int64(fixedDelay) + .random(in: 0...Int64(randomDelay), using: &random)) * 10)
        default: .zero
        }
    }
}
