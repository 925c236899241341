/// What a YAML reader meets, one after the other.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd
        case documentStart, documentEnd
        case mappingStart, mappingEnd
        case sequenceStart, sequenceEnd
        case alias
        case scalar(YAMLScalar)
    }

    var kind: Kind
    var position: YAMLPosition
    var anchor: String?
    var tag: String?
}

/// The text is not YAML at all; nothing behind this place could be understood.
struct YAMLSyntaxError: Error, Equatable {
    enum Place: Equatable {
        case position(YAMLPosition)
        /// Only how many bytes stand before it: so the reader reports bytes that are no text.
        case offset(Int)
    }

    var place: Place
    /// What is wrong, in libyaml's words.
    var problem: String
    /// What it was doing when it went wrong, in libyaml's words; often empty.
    var context: String
    /// Where that began.
    var contextPosition: YAMLPosition
}
