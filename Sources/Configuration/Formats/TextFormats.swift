import Text

extension ValueFormat where Value == String {
    /// A path: one line, short enough for the file system.
    static var path: Self {
        text(expected: "a file name", example: "\"/var/lib/leadville-gateway\"") { text in
            text.utf8.count > 4095 || text.unicodeScalars.contains { $0.value < 0x20 }
                ? "it is too long or contains control characters" : nil
        }
    }

    /// The address that a listener binds to. Empty: all addresses.
    static var host: Self {
        text(expected: "a host name or address, or \"\" for every address", example: "\"127.0.0.1\"") { text in
            text.isEmpty ? nil : HostName.problem(text)
        }
    }

    /// The name or address of a host.
    static var hostName: Self {
        text(expected: "a host name or address", example: "\"range.example.org\"", problem: HostName.problem)
    }

    /// A browser's `Origin`, or `*` for all origins.
    static var origin: Self {
        text(expected: "\"*\" or an origin", example: "\"http://range.local:8080\"") { text in
            if text == "*" || text == "null" { return nil }
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard text.utf8.count <= 512, parts.count >= 3, parts[0].last == ":", parts[0].count > 1, parts[1].isEmpty,
                !parts[2].isEmpty, !text.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value > 0x7E })
            else { return "an origin is a scheme and a host, such as http://range.local:8080" }
            return parts.count == 3 ? nil : "an origin ends with its host or port, without a / after it"
        }
    }

    /// A secret that is long enough not to be guessed and fits into a header.
    static var secret: Self {
        secret(
            expected: "16 to 256 visible ASCII characters without spaces, or \"\"", example: "\"9f86d081884c7d65\""
        ) { $0.isEmpty || (16...256).contains($0.count) && $0.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
    }

    /// A password for another program.
    static var password: Self {
        secret(expected: "a password of at most 1024 bytes, or \"\"", example: "\"correct horse\"") {
            $0.count <= 1_024 && !$0.contains(0)
        }
    }

    /// Messages never repeat it.
    private static func secret(
        expected: String, example: String, isValid: @escaping @Sendable (String.UTF8View) -> Bool
    ) -> Self {
        var format = Self(expected: expected, example: example) { node in
            guard case .scalar(let scalar) = node.content, !scalar.isNull else { return .failure(.wrongKind(node)) }
            let bytes = scalar.text.utf8
            guard isValid(bytes) else {
                return .failure(ValueError(reason: .wrongKind, found: "a text of \(bytes.count) bytes"))
            }
            return .success(scalar.text)
        } write: {
            quoted($0)
        }
        format.isSecret = true
        return format
    }

    /// - Parameter problem: returns why a text is invalid, or nil.
    static func text(
        expected: String, example: String, problem: @escaping @Sendable (String) -> String?
    ) -> Self {
        Self(expected: expected, example: example) { node in
            guard case .scalar(let scalar) = node.content else { return .failure(.wrongKind(node)) }
            guard !scalar.isNull else { return .failure(.wrongKind(node, hint: "an empty text is written \"\"")) }
            return problem(scalar.text).map { .failure(.wrongKind(node, hint: $0)) } ?? .success(scalar.text)
        } write: {
            quoted($0)
        }
    }

    /// Quotes a text for YAML, which understands JSON's escapes in double quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: result += "\\\(scalar)"
            case 0...0x1F, 0x7F...0x9F: result += "\\x" + Hexadecimal.text(UInt64(scalar.value), digits: 2)
            // Line separators and marks that YAML does not preserve.
            case 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
                result += "\\u" + Hexadecimal.text(UInt64(scalar.value), digits: 4)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension ValueFormat {
    /// A list of values: a YAML sequence in a file, comma-separated elsewhere.
    static func list<Element>(
        of element: ValueFormat<Element>, expected: String, maximum: Int
    ) -> Self where Value == [Element] {
        let expected = "\(expected) (at most \(maximum))"
        var format = Self(expected: expected, example: element.example.map { "[\($0)]" }) { node in
            let items: [YAMLNode]
            switch node.content {
            case .sequence(let nodes): items = nodes
            case .scalar(let scalar) where scalar.style == .external:
                items = scalar.text.split(separator: ",").map { part in
                    let text = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
                    return YAMLNode(.scalar(YAMLScalar(String(text), .external)), at: node.position)
                }
            default: return .failure(.wrongKind(node))
            }
            guard items.count <= maximum else { return .failure(.outOfRange("a list of \(items.count)")) }
            var values: [Element] = []
            for item in items {
                switch element.read(item) {
                case .success(let value): values.append(value)
                case .failure(var error):
                    error.part = ValueError.Part(position: item.position, expected: element.expected)
                    return .failure(error)
                }
            }
            return .success(values)
        } write: { values in
            "[" + values.map(element.write).joined(separator: ", ") + "]"
        }
        format.isSecret = element.isSecret
        return format
    }
}

/// A value that is written as one line of words.
protocol ConfigurationLine {
    var text: String { get }
    static func parse(_ line: String) -> Result<Self, LineError>
}

/// Why a line is invalid, as a clause.
struct LineError: Error {
    let text: String
}

extension ValueFormat where Value: ConfigurationLine {
    static func line(expected: String, example: String) -> Self {
        Self(expected: expected, example: "\"\(example)\"") { node in
            guard case .scalar(let scalar) = node.content else { return .failure(.wrongKind(node)) }
            switch Value.parse(scalar.text) {
            case .success(let value): return .success(value)
            case .failure(let error): return .failure(.wrongKind(node, hint: error.text))
            }
        } write: {
            "\"\($0.text)\""
        }
    }
}
