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
            let context = error.context.isEmpty ? "" : " (\(error.context))"
            message = "not valid YAML: \(error.problem)\(context)" + Self.advice(text.character(at: place))
        }
    }

    private static func advice(_ character: UInt8?) -> String {
        switch character {
        case UInt8(ascii: "\t"): "; indent with spaces, YAML allows no tabs there"
        case UInt8(ascii: ":"): "; a text with a colon, such as \"::1\", needs quotes"
        case UInt8(ascii: "*"), UInt8(ascii: "]"), UInt8(ascii: ","):
            "; a text with a special character, such as \"*\", needs quotes"
        case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"):
            "; a text that begins with a special character needs quotes"
        default: ""
        }
    }
}
