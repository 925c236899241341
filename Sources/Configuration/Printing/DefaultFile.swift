/// Writes the annotated configuration file. Every section is there and every key is commented out: used as it is, the
/// file changes nothing, now or after an update that chooses a better default; taking one `#` away sets one key.
package enum DefaultFile {
    private static let introduction = """
        The configuration of LeadVille Gateway. Every key is optional. What is commented out shows the default: \
        remove the # in front of a key to set it.

        Times are written as 500 ms, 10 s, 5 min, 1 h or 2 d, or as a number of seconds; sizes as 16 KiB or 1 MiB, \
        or as a number of bytes. For a single start, the environment wins over this file \
        (LEADVILLE_HEART_SMOOTHING_ALPHA=0.2), and --set heart.smoothing.alpha=0.2 wins over both.

        After a change, leadville-gateway check-config FILE says whether all is well. A running gateway reads the \
        file again on SIGHUP, and says what has to wait for a restart.
        """

    package static func text() -> String {
        var lines = comment(introduction, indentation: "")
        writeSection("", depth: 0, into: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func writeSection(_ path: String, depth: Int, into lines: inout [String]) {
        let schema = Schema.gateway
        let indentation = String(repeating: "  ", count: depth)
        for name in schema.names(in: path) {
            let childPath = path.isEmpty ? name : "\(path).\(name)"
            lines.append("")
            if let setting = schema.setting(childPath) {
                lines += comment(setting.documentation, indentation: indentation)
                let effect = setting.effect == .live ? "Applies at once." : "Applies after a restart."
                let expected = setting.expected.prefix(1).uppercased() + setting.expected.dropFirst()
                lines += comment("\(expected). \(effect)", indentation: indentation)
                lines.append("\(indentation)#\(name): \(setting.defaultText)")
            } else {
                lines += comment(schema.section(childPath)?.documentation ?? "", indentation: indentation)
                lines.append("\(indentation)\(name):")
                writeSection(childPath, depth: depth + 1, into: &lines)
            }
        }
    }

    private static func comment(_ text: String, indentation: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
            paragraph.isEmpty
                ? ["\(indentation)#"]
                : WrappedText.lines(String(paragraph), width: 98 - indentation.count).map { "\(indentation)# \($0)" }
        }
    }
}
