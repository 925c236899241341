/// The compression extension of WebSocket (RFC 7692): what is offered, and what is agreed on.
package enum PerMessageDeflate {
    static let name = "permessage-deflate"

    /// The four parameters, as they stand in an offer or in an answer.
    struct Parameters: Hashable, Sendable {
        var serverNoContextTakeover = false
        var clientNoContextTakeover = false
        var serverMaxWindowBits: Int?
        /// Nil: not mentioned.
        var clientMaxWindowBits: ClientWindow?

        enum ClientWindow: Hashable, Sendable {
            /// A client names the parameter without a value to say that it would follow a wish.
            case any
            case bits(Int)
        }

        init() {}

        /// Nil where a parameter is unknown, repeated or has a value that it must not have: such an offer is declined.
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

        /// As it stands in a header.
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
