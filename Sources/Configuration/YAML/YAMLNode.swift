/// One value of a YAML document with its position. Scalars are not interpreted here: the format of a setting decides
/// what they mean, so `no` is not a Boolean by itself.
package struct YAMLNode: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
        /// Something that was already reported as invalid; it is not reported again.
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

/// A text and its style, which distinguishes `8000` from `"8000"`.
package struct YAMLScalar: Equatable, Sendable {
    package enum Style: Equatable, Sendable {
        case plain
        /// In single or double quotes, or as a block.
        case quoted
        /// Not from YAML: an environment variable or a command-line option.
        case external
    }

    package var text: String
    package var style: Style

    package init(_ text: String, _ style: Style) {
        self.text = text
        self.style = style
    }

    /// Whether YAML reads this as null: `key:` or `key: ~`.
    package var isNull: Bool {
        style == .plain && ["", "~", "null", "Null", "NULL"].contains(text)
    }
}

/// A position in a text file; lines and columns are counted from 1.
package struct YAMLPosition: Hashable, Comparable, Sendable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static let start = Self(line: 1, column: 1)

    package static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
