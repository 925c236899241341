import JSON
import Web

/// The query parameters of a request, read as the original's framework reads them: the last of repeated parameters
/// counts, `72.0` and `+72` are whole numbers, `yes` and `on` are true. Errors are collected, so that one answer names all
/// of them.
struct QueryParameters {
    /// An invalid parameter.
    struct Problem: Hashable, Sendable {
        /// A stable name, such as `int_parsing`.
        let type: String
        let parameter: String
        let message: String
        /// Nil if the parameter is missing.
        let input: String?
    }

    private let values: [String: String]
    private(set) var problems: [Problem] = []

    init(_ query: HTTPQuery) {
        values = Dictionary(query.items.map { ($0.name, $0.value) }) { $1 }
    }

    func text(_ name: String) -> String? { values[name] }

    mutating func requiredText(_ name: String) -> String {
        value(name, default: nil, "", type: "string_type", expected: "a valid string") { $0 }
    }

    /// - Parameter default: nil for a required parameter.
    mutating func integer(_ name: String, default initial: Int? = nil) -> Int {
        value(
            name, default: initial, 0, type: "int_parsing",
            expected: "a valid integer, unable to parse string as an integer", Self.integer)
    }

    mutating func number(_ name: String, default initial: Double? = nil) -> Double {
        value(
            name, default: initial, 0, type: "float_parsing",
            expected: "a valid number, unable to parse string as a number", Self.number)
    }

    mutating func flag(_ name: String, default initial: Bool? = nil) -> Bool {
        value(
            name, default: initial, false, type: "bool_parsing",
            expected: "a valid boolean, unable to interpret input", Self.flag)
    }

    /// - Parameter placeholder: the result if there is a problem; the caller then answers with the problems.
    private mutating func value<Value>(
        _ name: String, default initial: Value?, _ placeholder: Value, type: String, expected: String,
        _ parse: (String) -> Value?
    ) -> Value {
        guard let text = values[name] else {
            if let initial { return initial }
            problems.append(Problem(type: "missing", parameter: name, message: "Field required", input: nil))
            return placeholder
        }
        if let value = parse(text) { return value }
        problems.append(Problem(type: type, parameter: name, message: "Input should be \(expected)", input: text))
        return placeholder
    }

    /// As in Python: a sign, underscores between digits, and a fraction of zeros are allowed.
    private static func integer(_ text: String) -> Int? {
        var digits = Substring(trimmed(text))
        if let point = digits.firstIndex(of: ".") {
            let fraction = digits[digits.index(after: point)...]
            guard !fraction.isEmpty, fraction.allSatisfy({ $0 == "0" }) else { return nil }
            digits = digits[..<point]
        }
        let unsigned = digits.first == "+" || digits.first == "-" ? digits.dropFirst() : digits
        let groups = unsigned.split(separator: "_", omittingEmptySubsequences: false)
        guard groups.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }) else { return nil }
        return Int((digits.first == "-" ? "-" : "") + groups.joined())
    }

    private static func number(_ text: String) -> Double? {
        let text = trimmed(text)
        // Swift also parses hexadecimal numbers and a payload of NaN.
        guard !text.contains(where: { "xXpP(".contains($0) }) else { return nil }
        return Double(text)
    }

    private static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "true", "t", "yes", "y", "on": true
        case "0", "false", "f", "no", "n", "off": false
        default: nil
        }
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}

extension HTTPResponse {
    /// 422 with every invalid parameter.
    static func invalidParameters(_ problems: [QueryParameters.Problem]) -> Self {
        .object(status: .unprocessableContent) { writer in
            writer.array("detail", problems) { problem, writer in
                writer.beginObject()
                writer.member("type", problem.type)
                writer.key("loc")
                writer.beginArray()
                writer.string("query")
                writer.string(problem.parameter)
                writer.endArray()
                writer.member("msg", problem.message)
                writer.member("input", orNull: problem.input)
                writer.endObject()
            }
        }
    }
}
