/// The WebSocket compression extension (RFC 7692): negotiation and its result.
package enum PerMessageDeflate {
    static let name = "permessage-deflate"

    /// The four parameters of an offer or a response.
    struct Parameters: Hashable, Sendable {
        var serverNoContextTakeover = false
        var clientNoContextTakeover = false
        var serverMaxWindowBits: Int?
        /// Nil if absent.
        var clientMaxWindowBits: ClientWindow?

        enum ClientWindow: Hashable, Sendable {
            /// The client sends the parameter without a value: it accepts any limit.
            case any
            case bits(Int)
        }

        init() {}

        /// Nil if a parameter is unknown, repeated or invalid: such an offer is declined.
        init?(_ parameters: [WebSocketExtension.Parameter]) {
            guard Set(parameters.map(\.name)).count == parameters.count else { return nil }
            for parameter in parameters {
                let bits = parameter.value.flatMap(Self.windowBits)
                switch (parameter.name, parameter.value, bits) {
                case ("server_no_context_takeover", nil, _): serverNoContextTakeover = true
                case ("client_no_context_takeover", nil, _): clientNoContextTakeover = true
                case ("server_max_window_bits", _, let bits?): serverMaxWindowBits = bits
                case ("client_max_window_bits", nil, _): clientMaxWindowBits = .any
                case ("client_max_window_bits", _, let bits?): clientMaxWindowBits = .bits(bits)
                default: return nil
                }
            }
        }

        /// 8 to 15 without leading zeros.
        private static func windowBits(_ text: String) -> Int? {
            guard let bits = Int(text), (8...15).contains(bits), text == String(bits) else { return nil }
            return bits
        }

        /// The header value.
        var text: String {
            var text = PerMessageDeflate.name
            if serverNoContextTakeover { text += "; server_no_context_takeover" }
            if clientNoContextTakeover { text += "; client_no_context_takeover" }
            if let serverMaxWindowBits { text += "; server_max_window_bits=\(serverMaxWindowBits)" }
            switch clientMaxWindowBits {
            case .any: text += "; client_max_window_bits"
            case .bits(let bits): text += "; client_max_window_bits=\(bits)"
            case nil: break
            }
            return text
        }
    }
}

extension PerMessageDeflate {
    /// A server's requirements for the compression by its clients.
    package struct Settings: Hashable, Sendable {
        /// Requires clients to reset their context after each message, so that an idle connection holds no window.
        package var clientNoContextTakeover: Bool
        /// The largest window that clients may refer back to, if they accept a limit: 8...15.
        package var clientMaxWindowBits: Int

        package init(clientNoContextTakeover: Bool = true, clientMaxWindowBits: Int = 15) {
            self.clientNoContextTakeover = clientNoContextTakeover
            self.clientMaxWindowBits = min(max(clientMaxWindowBits, 8), 15)
        }
    }

    /// The negotiated compression of a connection, from our side. Messages that we send are always compressed
    /// independently.
    package struct Agreement: Hashable, Sendable {
        /// Messages that we send may refer back 2 to this power of bytes.
        package let ourWindowBits: Int
        /// Messages of the peer may refer back to earlier ones.
        package let peerKeepsContext: Bool

        package init(ourWindowBits: Int, peerKeepsContext: Bool) {
            self.ourWindowBits = ourWindowBits
            self.peerKeepsContext = peerKeepsContext
        }

        /// Whether the peer can decompress a message of this length: references reach back at most to its beginning.
        package func allows(_ deflater: Deflater, payloadBytes: Int) -> Bool {
            deflater.windowBits <= ourWindowBits || payloadBytes <= 1 << ourWindowBits
        }
    }

    /// Selects the first acceptable offer. `response` is the value of the response's Sec-WebSocket-Extensions.
    static func negotiate(
        _ headers: HTTPHeaders, _ settings: Settings
    ) -> (agreement: Agreement, response: String)? {
        for offer in WebSocketExtension.list(headers) where offer.name == name {
            guard let offered = Parameters(offer.parameters) else { continue }
            var response = Parameters()
            // Without context takeover the same bytes can be sent to every client.
            response.serverNoContextTakeover = true
            response.clientNoContextTakeover = offered.clientNoContextTakeover || settings.clientNoContextTakeover
            response.serverMaxWindowBits = offered.serverMaxWindowBits
            switch offered.clientMaxWindowBits {
            case .bits(let bits): response.clientMaxWindowBits = .bits(min(bits, settings.clientMaxWindowBits))
            // 15 is the default.
            case .any where settings.clientMaxWindowBits < 15:
                response.clientMaxWindowBits = .bits(settings.clientMaxWindowBits)
            case .any, nil: break
            }
            let agreement = Agreement(
                ourWindowBits: response.serverMaxWindowBits ?? 15, peerKeepsContext: !response.clientNoContextTakeover)
            return (agreement, response.text)
        }
        return nil
    }
}

/// One element of a Sec-WebSocket-Extensions header: a name and its parameters.
struct WebSocketExtension: Hashable, Sendable {
    struct Parameter: Hashable, Sendable {
        let name: String
        /// Nil for a name without value. Quotes are removed.
        let value: String?
    }

    let name: String
    let parameters: [Parameter]

    /// The offers of the header, in order of preference. Malformed ones are omitted.
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
        // A quoted value must also be a token (RFC 6455 §9.1).
        guard !value.isEmpty, value.allSatisfy(\.isHTTPToken) else { return nil }
        self.value = String(decoding: value, as: UTF8.self)
    }
}
