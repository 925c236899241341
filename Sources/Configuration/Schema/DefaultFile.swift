/// The annotated default configuration file. All sections are present and all keys are commented out, so the file
/// changes nothing, even after an update that changes a default. Removing one `#` sets one key.
package enum DefaultFile {
    private static let introduction = """
        The configuration of LeadVille Gateway. Every key is optional. Commented keys show their defaults: remove the \
        # in front of a key to set it.

        Times are written as 500 ms, 10 s, 5 min, 1 h or 2 d, or as a number of seconds; sizes as 16 KiB or 1 MiB, \
        or as a number of bytes. The environment overrides this file (LEADVILLE_HEART_SMOOTHING_ALPHA=0.2), and \
        --set heart.smoothing.alpha=0.2 overrides both.

        After a change, leadville-gateway check-config FILE validates the file. A running gateway reloads it on SIGHUP \
        and logs which changes need a restart.
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
                lines += comment(setting.rules, indentation: indentation)
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
