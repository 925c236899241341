extension PerMessageDeflate {
    /// What a server asks of its clients' compression.
    package struct Settings: Hashable, Sendable {
        /// Ask clients to forget each message after they sent it, so that an idle connection holds no window.
        package var clientNoContextTakeover: Bool
        /// The largest window that clients may refer back into, where they leave us the choice: 8...15.
        package var clientMaxWindowBits: Int

        package init(clientNoContextTakeover: Bool = true, clientMaxWindowBits: Int = 15) {
            self.clientNoContextTakeover = clientNoContextTakeover
            self.clientMaxWindowBits = min(max(clientMaxWindowBits, 8), 15)
        }
    }

    /// What a connection holds to for its life, seen from our side. Each message that we send stands for itself,
    /// always; what was agreed on besides is here.
    package struct Agreement: Hashable, Sendable {
        /// What we send may refer back 2 to this power of bytes.
        package let ourWindowBits: Int
        /// What the other side sends may refer back to earlier messages.
        package let peerKeepsContext: Bool

        package init(ourWindowBits: Int, peerKeepsContext: Bool) {
            self.ourWindowBits = ourWindowBits
            self.peerKeepsContext = peerKeepsContext
        }

        /// Whether the other side can read a message of this length that this deflater compressed: no reference
        /// reaches further back than the message is long.
        package func allows(_ deflater: Deflater, payloadBytes: Int) -> Bool {
            deflater.windowBits <= ourWindowBits || payloadBytes <= 1 << ourWindowBits
        }
    }

    /// Picks the first offer that can be met. `answer` is the value of the response's Sec-WebSocket-Extensions.
    static func negotiate(
        _ headers: HTTPHeaders, _ settings: Settings
    ) -> (agreement: Agreement, answer: String)? {
        for offer in WebSocketExtension.list(headers) where offer.name == name {
            guard let wanted = Parameters(offer.parameters) else { continue }
            var answer = Parameters()
            // Without a context between messages, the same bytes can go to every client.
            answer.serverNoContextTakeover = true
            answer.clientNoContextTakeover = wanted.clientNoContextTakeover || settings.clientNoContextTakeover
            answer.serverMaxWindowBits = wanted.serverMaxWindowBits
            switch wanted.clientMaxWindowBits {
            case .bits(let bits): answer.clientMaxWindowBits = .bits(min(bits, settings.clientMaxWindowBits))
            // 15 is what holds when nothing is said.
            case .any where settings.clientMaxWindowBits < 15:
                answer.clientMaxWindowBits = .bits(settings.clientMaxWindowBits)
            case .any, nil: break
            }
            let agreement = Agreement(
                ourWindowBits: answer.serverMaxWindowBits ?? 15, peerKeepsContext: !answer.clientNoContextTakeover)
            return (agreement, answer.text)
        }
        return nil
    }
}
