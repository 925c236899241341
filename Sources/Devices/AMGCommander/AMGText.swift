import Clocks

/// One packet of the answer to `REQ SCREEN TEXT` or `REQ STRING TEXT`: words for a person.
package enum AMGText: Hashable, Sendable {
    /// `Shot# 5 of 5`
    case shot(Int, of: Int)
    /// `Time: 3.46`
    case time(Nanoseconds)
    /// `Split: 0.33`
    case split(Nanoseconds)
    /// `First Shot: 1.24`
    case firstShot(Nanoseconds)
    /// `Last Shot: 3.46`
    case lastShot(Nanoseconds)
    /// Any other printable text.
    case other(String)

    /// Nil if it is not text at all.
    init?(packet: ArraySlice<UInt8>) {
        let isLineEnd = { (byte: UInt8) in byte == 13 || byte == 10 }
        let line = packet.prefix { !isLineEnd($0) }
        guard !line.isEmpty, packet[line.endIndex...].allSatisfy(isLineEnd),
            line.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        let text = String(decoding: line, as: UTF8.self)
        self = Self.parse(text) ?? .other(text)
    }

    private static func parse(_ text: String) -> Self? {
        let words = text.split(separator: " ")
        if words.count == 4, words[0] == "Shot#", words[2] == "of" {
            guard let shot = natural(words[1]), let total = natural(words[3]) else { return nil }
            return .shot(shot, of: total)
        }
        guard let last = words.last, let time = seconds(last) else { return nil }
        return switch words.dropLast().joined(separator: " ") {
        case "Time:": .time(time)
        case "Split:": .split(time)
        case "First Shot:": .firstShot(time)
        case "Last Shot:": .lastShot(time)
        default: nil
        }
    }

    /// Seconds with at most two digits behind the point.
    private static func seconds(_ word: Substring) -> Nanoseconds? {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = natural(parts[0]) else { return nil }
        guard parts.count == 2 else { return .seconds(Int64(whole)) }
        guard parts[1].utf8.count <= 2, let fraction = natural(parts[1]) else { return nil }
        let centiseconds = parts[1].utf8.count == 1 ? fraction * 10 : fraction
        return .seconds(Int64(whole)) + .milliseconds(Int64(centiseconds) * 10)
    }

    /// One to six digits and nothing else: a sign is not a digit.
    private static func natural(_ word: Substring) -> Int? {
        guard (1...6).contains(word.utf8.count), word.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(word)
    }
}
