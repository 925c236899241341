import JSON

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init()
        for (key, value) in elements { set(key, to: value) }
    }
}

func parse(_ text: String, limits: JSONLimits = .standard) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8), limits: limits)
}

func text(_ style: JSONStyle = .compact, _ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter(style)
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
}
