/// Untrusted text made safe for a message: short, on one line, without control characters.
package enum Excerpt {
    private static let maximumLength = 60

    package static func of(_ text: String) -> String {
        var excerpt = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            guard count < maximumLength else { return excerpt + "…" }
            excerpt += scalar.isPrintable ? String(scalar) : scalar.escaped(asASCII: true)
        }
        return excerpt
    }

    package static func quoted(_ text: String) -> String {
        "\"\(of(text))\""
    }
}

extension Unicode.Scalar {
    /// False for control characters, separators of lines, and characters that have no appearance of their own.
    package var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
