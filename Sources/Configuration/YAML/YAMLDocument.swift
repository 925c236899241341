/// The result of parsing a YAML text: the tree of values and all errors. After a syntax error there is no tree.
struct YAMLDocument {
    /// Nil when the text holds no value, as in a file of comments only.
    private(set) var root: YAMLNode?
    private(set) var problems: [YAMLProblem] = []

    init(_ bytes: [UInt8]) {
        guard let parser = LibYAML(bytes) else {
            problems = [YAMLProblem(position: .start, message: "out of memory")]
            return
        }
        var composer = YAMLComposer(parser, text: SourceText(bytes: bytes))
        do throws(YAMLProblem) {
            root = try composer.document()
        } catch {
            composer.problems.append(error)
        }
        problems = composer.problems
    }
}

/// Invalid YAML: the position and a message for the user.
struct YAMLProblem: Error, Equatable {
    var position: YAMLPosition
    var message: String
}

extension YAMLProblem {
    /// Turns libyaml's error into a message, with advice where the usual cause is known.
    init(_ error: YAMLSyntaxError, in text: SourceText) {
        switch error.place {
        case .offset(let offset):
            position = text.position(ofByte: offset)
            message = "not a UTF-8 text file: \(error.problem)"
        case .position(let place):
            position = place
            var context = error.context
            if !context.isEmpty, error.contextPosition.line != place.line {
                context += " from line \(error.contextPosition.line)"
            }
            let doing = context.isEmpty ? "" : " (\(context))"
            message = "not valid YAML: \(error.problem)\(doing)" + Self.advice(error, text.character(at: place))
        }
    }

    /// Advice for the most frequent mistakes.
    private static func advice(_ error: YAMLSyntaxError, _ character: UInt8?) -> String {
        switch (error.problem, error.context, character) {
        case (_, _, UInt8(ascii: "\t")): "; indent with spaces; YAML does not allow tabs here"
        case ("mapping values are not allowed in this context", _, _):
            "; check the indentation, and put a text with a colon, such as \"::1\", in quotes"
        case (_, "while parsing a flow node", UInt8(ascii: ":")):
            "; put a text with a colon, such as \"::1\", in quotes"
        case (_, "while scanning an alias", _): "; put a text that begins with *, such as \"*\", in quotes"
        case ("found character that cannot start any token", _, _):
            "; put a text that begins with a special character in quotes"
        default: ""
        }
    }
}

/// The bytes of a file, with conversion between byte offsets and positions.
struct SourceText {
    let bytes: [UInt8]

    /// The position of the byte at `offset`.
    func position(ofByte offset: Int) -> YAMLPosition {
        var position = YAMLPosition.start
        for byte in bytes.prefix(max(offset, 0)) {
            if byte == UInt8(ascii: "\n") {
                position = YAMLPosition(line: position.line + 1, column: 1)
            } else if !Self.continuesCharacter(byte) {
                position.column += 1
            }
        }
        return position
    }

    /// The first byte of the character at a position; nil where there is none.
    func character(at position: YAMLPosition) -> UInt8? {
        var reached = YAMLPosition.start
        for byte in bytes {
            guard !Self.continuesCharacter(byte) else { continue }
            if reached == position { return byte }
            if byte == UInt8(ascii: "\n") {
                reached = YAMLPosition(line: reached.line + 1, column: 1)
            } else {
                reached.column += 1
            }
            if reached > position { return nil }
        }
        return nil
    }

    /// Whether the byte is a UTF-8 continuation byte.
    private static func continuesCharacter(_ byte: UInt8) -> Bool {
        byte & 0xC0 == 0x80
    }
}
