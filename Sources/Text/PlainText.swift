/// External text made safe for terminals: it can neither forge a line, nor send a control sequence, nor change the direction
/// in which the rest of the line is displayed.
package enum PlainText {
    /// The text with `?` in place of each unsafe character.
    package static func string(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { plain.append(isUnsafe(scalar) ? "?" : scalar) }
        return String(plain)
    }

    /// Control characters (C0, DEL and C1), separators of lines and paragraphs, and bidirectional marks, embeddings,
    /// overrides and isolates.
    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E: false
        case 0...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
