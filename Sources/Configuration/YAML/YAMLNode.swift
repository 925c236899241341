/// One value of a YAML document with the place where it was written. Nothing is interpreted here: what a scalar means
/// is decided by whoever knows which kind of value is wanted, so `no` is never a country lost.
package struct YAMLNode: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
        /// Something that was already refused; whoever meets it says nothing more about it.
        case invalid
    }

    package var content: Content
    package var position: YAMLPosition

    package init(_ content: Content, at position: YAMLPosition) {
        self.content = content
        self.position = position
    }
}

/// `key: value` in a mapping. Keys are unique within their mapping.
package struct YAMLEntry: Equatable, Sendable {
    package var key: String
    package var position: YAMLPosition
    package var value: YAMLNode

    package init(key: String, at position: YAMLPosition, value: YAMLNode) {
        self.key = key
        self.position = position
        self.value = value
    }
}

/// A piece of text and how it was written, which is how `8000` and `"8000"` differ.
package struct YAMLScalar: Equatable, Sendable {
    package enum Style: Equatable, Sendable {
        case plain
        /// In single or double quotes, or as a block.
        case quoted
        /// From outside any YAML: an environment variable or a command-line option.
        case external
    }

    package var text: String
    package var style: Style

    package init(_ text: String, _ style: Style) {
        self.text = text
        self.style = style
    }

    /// Whether YAML reads this as "nothing": `key:` or `key: ~`.
    package var isNull: Bool {
        style == .plain && ["", "~", "null", "Null", "NULL"].contains(text)
    }
}
