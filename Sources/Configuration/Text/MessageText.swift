/// Finds the name that a misspelt one most likely stands for.
enum NearestName {
    /// Longer than any known name; it bounds the cost of a comparison.
    private static let maximumLength = 64

    /// The candidate with the smallest edit distance to `name`; nil when none is close enough.
    static func best(for name: String, among candidates: [String]) -> String? {
        let typed = normalized(name)
        guard !typed.isEmpty, typed.count <= maximumLength else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let known = normalized(candidate)
            var distance = distance(typed, known)
            if typed.count >= 3, known.starts(with: typed) { distance = min(distance, 1) }
            guard distance <= max(1, min(typed.count, known.count) / 3) else { continue }
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// Ignores case and the difference between dashes and underscores.
    private static func normalized(_ name: String) -> [UInt8] {
        name.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
    }

    /// The edit distance: insertions, deletions, substitutions and transpositions of neighbours.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}

/// Wraps prose between words.
enum WrappedText {
    /// No line is longer than `width`, unless a single word is.
    static func lines(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
