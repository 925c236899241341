extension PerMessageDeflate {
    /// What a client offers.
    package struct Offer: Hashable, Sendable {
        var parameters: Parameters

        /// The client always lets the server limit its window; the rest is as wanted.
        package init(
            serverNoContextTakeover: Bool = false, clientNoContextTakeover: Bool = false,
            serverMaxWindowBits: Int? = nil
        ) {
            parameters = Parameters()
            parameters.serverNoContextTakeover = serverNoContextTakeover
            parameters.clientNoContextTakeover = clientNoContextTakeover
            parameters.serverMaxWindowBits = serverMaxWindowBits
            parameters.clientMaxWindowBits = .any
        }

        /// What follows from the server's answer; nil where the answer is not one to this offer (RFC 7692 §7.1).
        func agreement(_ answer: WebSocketExtension) -> Agreement? {
            guard answer.name == PerMessageDeflate.name, let answered = Parameters(answer.parameters),
                answered.serverNoContextTakeover || !parameters.serverNoContextTakeover,
                answered.serverMaxWindowBits ?? 15 <= parameters.serverMaxWindowBits ?? 15
            else { return nil }
            let keepsContext = !answered.serverNoContextTakeover
            switch answered.clientMaxWindowBits {
            case .any: return nil
            case .bits(let bits): return Agreement(ourWindowBits: bits, peerKeepsContext: keepsContext)
            case nil: return Agreement(ourWindowBits: 15, peerKeepsContext: keepsContext)
            }
        }
    }
}
