/// What can be shown to a person: printable text on one line, with an end.
enum PrintableLine {
    static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count < 2_000
            && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
