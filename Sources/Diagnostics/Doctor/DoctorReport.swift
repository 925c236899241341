import JSON
import Text

/// One line of the doctor's report.
package struct Finding: Hashable, Sendable {
    package enum Level: String, CaseIterable, Sendable {
        case good, caution, bad
    }

    /// A stable name.
    package let check: String
    package let level: Level
    package let text: String
    /// What to do about it; nil if the finding is good.
    package let advice: String?

    package static func good(_ check: String, _ text: String) -> Self {
        Self(check: check, level: .good, text: text, advice: nil)
    }

    package static func caution(_ check: String, _ text: String, advice: String) -> Self {
        Self(check: check, level: .caution, text: text, advice: advice)
    }

    package static func bad(_ check: String, _ text: String, advice: String) -> Self {
        Self(check: check, level: .bad, text: text, advice: advice)
    }
}

/// All findings of the doctor.
package struct DoctorReport: Hashable, Sendable {
    package let findings: [Finding]

    package var isHealthy: Bool { !findings.contains { $0.level == .bad } }

    package func text(inColour: Bool) -> String {
        let width = findings.map(\.check.count).max() ?? 0
        var lines = findings.flatMap { finding in
            let gap = String(repeating: " ", count: width - finding.check.count)
            let first =
                "\(Self.mark(finding.level, inColour)) \(finding.check)\(gap)  \(PlainText.string(finding.text))"
            let indent = String(repeating: " ", count: width + 8)
            return [first] + (finding.advice.map { ["\(indent)→ \(PlainText.string($0))"] } ?? [])
        }
        let count = { (level: Finding.Level) in findings.count { $0.level == level } }
        lines.append("")
        lines.append("\(count(.good)) good, \(count(.caution)) to look at, \(count(.bad)) bad")
        return lines.joined(separator: "\n") + "\n"
    }

    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("healthy", isHealthy)
        writer.key("findings")
        writer.beginArray()
        for finding in findings {
            writer.beginObject()
            writer.member("check", finding.check)
            writer.member("level", finding.level.rawValue)
            writer.member("text", finding.text)
            if let advice = finding.advice { writer.member("cure", advice) }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    private static func mark(_ level: Finding.Level, _ inColour: Bool) -> String {
        let (word, colour) =
            switch level {
            case .good: ("  ok ", 32)
            case .caution: ("look ", 33)
            case .bad: (" BAD ", 31)
            }
        return inColour ? "\u{1B}[\(colour)m\(word)\u{1B}[0m" : word
    }
}
