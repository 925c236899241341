import Text

/// Builds the tree from parser events and rejects the features of YAML that can make a configuration mean something
/// other than it appears to: anchors and aliases, tags, merge keys, multiple documents, duplicate keys.
struct YAMLComposer {
    /// Deeper than any configuration, shallow enough for recursion.
    static let maximumDepth = 16

    var problems: [YAMLProblem] = []
    private let parser: LibYAML
    private let text: SourceText

    init(_ parser: LibYAML, text: SourceText) {
        self.parser = parser
        self.text = text
    }

    /// Parses the whole text. Throws fatal errors; recoverable ones are added to ``problems``.
    mutating func document() throws(YAMLProblem) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try next()
            switch event.kind {
            case .streamEnd: return root
            case .documentStart where root != nil:
                throw YAMLProblem(position: event.position, message: "a second document; a file contains only one")
            case .streamStart, .documentStart, .documentEnd: continue
            default: root = try node(event, depth: 0)
            }
        }
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLProblem) -> YAMLNode {
        guard depth <= Self.maximumDepth else {
            throw YAMLProblem(
                position: event.position, message: "nested more than \(Self.maximumDepth) levels deep")
        }
        let countBefore = problems.count
        rejectProperties(of: event)
        let content: YAMLNode.Content =
            switch event.kind {
            case .scalar(let scalar): problems.count > countBefore ? .invalid : .scalar(scalar)
            case .sequenceStart: .sequence(try items(depth: depth + 1))
            case .mappingStart: .mapping(try entries(depth: depth + 1))
            default: .invalid
            }
        return YAMLNode(content, at: event.position)
    }

    private mutating func items(depth: Int) throws(YAMLProblem) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try next()
            if case .sequenceEnd = event.kind { return items }
            items.append(try node(event, depth: depth))
        }
    }

    private mutating func entries(depth: Int) throws(YAMLProblem) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try next()
            if case .mappingEnd = event.kind { return entries }
            let key = try node(event, depth: depth)
            let value = try node(try next(), depth: depth)
            guard let name = name(key) else { continue }
            if let line = lines.updateValue(key.position.line, forKey: name) {
                lines[name] = line
                addProblem(key.position, "\(Excerpt.quoted(name)) is already set in line \(line)")
            } else {
                entries.append(YAMLEntry(key: name, at: key.position, value: value))
            }
        }
    }

    /// The key's name; nil when it is invalid, which is then reported.
    private mutating func name(_ key: YAMLNode) -> String? {
        switch key.content {
        case .invalid: return nil
        case .scalar(let scalar) where scalar == YAMLScalar("<<", .plain):
            addProblem(key.position, "merge keys (<<) are not supported; write out the values")
            return nil
        case .scalar(let scalar): return scalar.text
        case .sequence, .mapping:
            addProblem(key.position, "a key must be a name, not a list or a section")
            return nil
        }
    }

    private mutating func rejectProperties(of event: YAMLEvent) {
        if case .alias = event.kind {
            let name = Excerpt.of(event.anchor ?? "")
            addProblem(
                event.position,
                "aliases (*\(name)) are not supported; write out the value, or put a text that begins with * in quotes")
        } else if let anchor = event.anchor {
            addProblem(
                event.position,
                "anchors (&\(Excerpt.of(anchor))) are not supported; write out the value where it is needed")
        }
        if let tag = event.tag {
            addProblem(event.position, "tags (\(Excerpt.of(tag))) are not supported; write the value alone")
        }
    }

    private mutating func addProblem(_ position: YAMLPosition, _ message: String) {
        problems.append(YAMLProblem(position: position, message: message))
    }

    private func next() throws(YAMLProblem) -> YAMLEvent {
        do throws(YAMLSyntaxError) {
            return try parser.next()
        } catch {
            throw YAMLProblem(error, in: text)
        }
    }
}
