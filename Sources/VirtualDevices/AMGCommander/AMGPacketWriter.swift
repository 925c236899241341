import Clocks

/// The timer's packets, to the byte.
enum AMGPacketWriter {
    /// The numbers of a push or a screen, times in hundredths of a second.
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
        screen(state, status) + word(string)
    }

    static func screen(_ state: UInt8, _ status: Status) -> [UInt8] {
        [1, state, UInt8(truncatingIfNeeded: status.shot), UInt8(truncatingIfNeeded: status.total)] + word(status.time)
            + word(status.split) + word(status.first) + word(status.last)
    }

    /// Nine times a packet; a whole number of nines has no short packet behind it.
    static func list(_ times: [Int]) -> [[UInt8]] {
        guard !times.isEmpty else { return [[10, 0]] }
        return stride(from: 0, to: times.count, by: 9).enumerated().map { index, start in
            let part = times[start..<min(start + 9, times.count)]
            return [UInt8(10 + index), UInt8(part.count)] + part.flatMap(word)
        }
    }

    static func text(_ status: Status) -> [[UInt8]] {
        [
            "Shot# \(status.shot) of \(status.total)", "Time: \(seconds(status.time))",
            "Split: \(seconds(status.split))", "First Shot: \(seconds(status.first))",
            "Last Shot: \(seconds(status.last))",
        ].map { Array($0.utf8) }
    }

    private static func word(_ value: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
    }

    private static func seconds(_ hundredths: Int) -> String {
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
