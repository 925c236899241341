/// Something in a YAML text that is refused, where it is, and in words for the person who wrote it.
struct YAMLProblem: Error, Equatable {
    var position: YAMLPosition
    var message: String
}

extension YAMLProblem {
    /// libyaml's finding as a sentence, with advice where the usual cause is known.
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

    /// What usually causes it, for the mistakes that people make most.
    private static func advice(_ error: YAMLSyntaxError, _ character: UInt8?) -> String {
        switch (error.problem, error.context, character) {
        case (_, _, UInt8(ascii: "\t")): "; indent with spaces, YAML allows no tabs there"
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
