import JSON
import Testing

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

/// The error thrown by `read`. Records an issue if there is none.
func thrownError(
    sourceLocation: SourceLocation = #_sourceLocation, _ read: () throws -> some Any
) -> JSONError? {
    do {
        let value = try read()
        Issue.record("accepted: \(value)", sourceLocation: sourceLocation)
    } catch {
        if let error = error as? JSONError { return error }
        Issue.record(error, sourceLocation: sourceLocation)
    }
    return nil
}
