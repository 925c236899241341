import CYaml

/// The only user of libyaml: owns a parser and its input, and converts C events into values.
final class LibYAML {
    // Pointers, because libyaml keeps the addresses of its parser and its input between calls.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// Nil when memory is exhausted.
    init?(_ bytes: [UInt8]) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        self.parser = parser
        // Never empty: libyaml needs a valid address even for empty input.
        input = .allocate(capacity: bytes.count + 1)
        _ = input.initialize(from: bytes)
        // Set explicitly, so that a byte-order mark cannot select UTF-16.
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event. Must not be called after ``YAMLEvent/Kind/streamEnd`` or an error.
    func next() throws(YAMLSyntaxError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        let position = Self.position(event.start_mark)
        switch event.type {
        case YAML_STREAM_START_EVENT: return YAMLEvent(kind: .streamStart, position: position)
        case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, position: position)
        case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, position: position)
        case YAML_ALIAS_EVENT:
            return YAMLEvent(kind: .alias, position: position, anchor: Self.text(event.data.alias.anchor))
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let style: YAMLScalar.Style = scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted
            return YAMLEvent(
                kind: .scalar(YAMLScalar(String(decoding: bytes, as: UTF8.self), style)), position: position,
                anchor: Self.text(scalar.anchor), tag: Self.text(scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return YAMLEvent(
                kind: .sequenceStart, position: position, anchor: Self.text(start.anchor), tag: Self.text(start.tag))
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return YAMLEvent(
                kind: .mappingStart, position: position, anchor: Self.text(start.anchor), tag: Self.text(start.tag))
        case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, position: position)
        case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, position: position)
        default: return YAMLEvent(kind: .streamEnd, position: position)
        }
    }

    private func syntaxError() -> YAMLSyntaxError {
        let place: YAMLSyntaxError.Place =
            switch parser.pointee.error {
            case YAML_READER_ERROR: .offset(parser.pointee.problem_offset)
            default: .position(Self.position(parser.pointee.problem_mark))
            }
        return YAMLSyntaxError(
            place: place, problem: parser.pointee.problem.map { String(cString: $0) } ?? "out of memory",
            context: parser.pointee.context.map { String(cString: $0) } ?? "",
            contextPosition: Self.position(parser.pointee.context_mark))
    }

    private static func position(_ mark: yaml_mark_t) -> YAMLPosition {
        YAMLPosition(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}

/// An event of the YAML parser.
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

/// The text is not valid YAML; nothing after this position can be parsed.
struct YAMLSyntaxError: Error, Equatable {
    enum Place: Equatable {
        case position(YAMLPosition)
        /// A byte offset: for bytes that are not valid text.
        case offset(Int)
    }

    var place: Place
    /// The problem, in libyaml's words.
    var problem: String
    /// What libyaml was doing when the problem occurred; often empty.
    var context: String
    /// Where that context began.
    var contextPosition: YAMLPosition
}
