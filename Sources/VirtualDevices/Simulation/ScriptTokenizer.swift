import Clocks
import Text

/// Splits a line of a script into words and consumes them one by one.
struct ScriptTokenizer {
    /// Counted from 1.
    let lineNumber: Int
    private var rest: ArraySlice<String>

    init(_ line: some StringProtocol, lineNumber: Int) {
        self.lineNumber = lineNumber
        let text = line.prefix { $0 != "#" }
        var words: [String] = []
        for part in text.split(whereSeparator: \.isWhitespace) {
            // Punctuation marks are separate words, and units may directly follow their numbers.
            var word = ""
            for character in part {
                let isMark = character == "," || character == ":"
                let beginsUnit = character.isLetter && !word.isEmpty && word.allSatisfy { $0.isNumber || $0 == "." }
                if isMark || beginsUnit {
                    if !word.isEmpty { words.append(word) }
                    word = ""
                }
                if isMark { words.append(String(character)) } else { word.append(character) }
            }
            if !word.isEmpty { words.append(word) }
        }
        rest = words[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func next() -> String? { rest.popFirst() }

    /// Consumes the next word if it is this one; returns whether it was.
    mutating func skip(_ word: String) -> Bool {
        guard rest.first == word else { return false }
        rest.removeFirst()
        return true
    }

    mutating func expect(_ word: String) throws(ScriptError) {
        guard skip(word) else { throw expected("\"\(word)\"") }
    }

    mutating func expectEnd() throws(ScriptError) {
        guard isAtEnd else { throw expected("the end of the line") }
    }

    mutating func oneOf(_ words: [String]) throws(ScriptError) -> String {
        guard let word = rest.first, words.contains(word) else {
            throw expected("one of \(words.joined(separator: ", "))")
        }
        rest.removeFirst()
        return word
    }

    mutating func count(in range: ClosedRange<Int>, _ what: String) throws(ScriptError) -> Int {
        guard let count = rest.first.flatMap({ Int($0) }), range.contains(count) else {
            throw expected("\(what), from \(range.lowerBound) to \(range.upperBound)")
        }
        rest.removeFirst()
        return count
    }

    /// `480 ms`, `1.2 s` or `2 min`.
    mutating func time(upTo limit: Nanoseconds) throws(ScriptError) -> Nanoseconds {
        let units = ["ms": 0.001, "s": 1, "min": 60]
        guard let value = rest.first.flatMap({ Double($0) }), value >= 0, let unit = rest.dropFirst().first,
            let scale = units[unit], Nanoseconds(seconds: value * scale) <= limit
        else { throw expected("a time such as 480 ms, 1.2 s or 2 min, up to \(Int(limit.inSeconds)) s") }
        rest.removeFirst(2)
        return Nanoseconds(seconds: value * scale)
    }

    func error(_ message: String) -> ScriptError {
        ScriptError(line: lineNumber, message: message)
    }

    private func expected(_ what: String) -> ScriptError {
        let found = rest.prefix(2).joined(separator: " ")
        return error("expected \(what), but found " + (found.isEmpty ? "the end of the line" : Excerpt.quoted(found)))
    }
}
