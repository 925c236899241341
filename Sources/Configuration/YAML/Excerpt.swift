/// Text from outside, made fit for a message: short, on one line, without control characters.
enum Excerpt {
    static let maximumLength = 60

    static func of(_ text: String) -> String {
        var excerpt = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            guard count < maximumLength else { return excerpt + "…" }
            excerpt += isPrintable(scalar) ? String(scalar) : scalar.escaped(asASCII: true)
        }
        return excerpt
    }

    static func quoted(_ text: String) -> String {
        "\"\(of(text))\""
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
