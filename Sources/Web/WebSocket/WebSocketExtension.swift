/// One element of a Sec-WebSocket-Extensions header: a name and its parameters.
struct WebSocketExtension: Hashable, Sendable {
    struct Parameter: Hashable, Sendable {
        let name: String
        /// Nil where only the name was given. Quotes are taken off.
        let value: String?
    }

    let name: String
    let parameters: [Parameter]

    /// The offers in the header, in the order of preference. One that is malformed is left out.
    static func list(_ headers: HTTPHeaders) -> [Self] {
        headers.rawValues("Sec-WebSocket-Extensions").flatMap(HTTPListSplitter.split).compactMap(Self.init)
    }

    private init?(_ element: ArraySlice<UInt8>) {
        let parts = HTTPListSplitter.split(element, at: UInt8(ascii: ";"))
        guard let name = parts.first, name.allSatisfy(\.isHTTPToken) else { return nil }
        self.name = String(decoding: name, as: UTF8.self).lowercased()
        var parameters: [Parameter] = []
        for part in parts.dropFirst() {
            guard let parameter = Parameter(part) else { return nil }
            parameters.append(parameter)
        }
        self.parameters = parameters
    }
}

extension WebSocketExtension.Parameter {
    fileprivate init?(_ text: ArraySlice<UInt8>) {
        let equals = text.firstIndex(of: UInt8(ascii: "=")) ?? text.endIndex
        let name = text[..<equals].trimmingBlanks
        guard !name.isEmpty, name.allSatisfy(\.isHTTPToken) else { return nil }
        self.name = String(decoding: name, as: UTF8.self).lowercased()
        guard equals < text.endIndex else {
            value = nil
            return
        }
        var value = text[(equals + 1)...].trimmingBlanks
        if value.count >= 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") {
            value = value.dropFirst().dropLast()
        }
        // What is quoted must be a token too (RFC 6455 §9.1).
        guard !value.isEmpty, value.allSatisfy(\.isHTTPToken) else { return nil }
        self.value = String(decoding: value, as: UTF8.self)
    }
}
