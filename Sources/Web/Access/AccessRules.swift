/// Who asks for something, as far as it decides whether it is admitted.
package struct AccessCaller: Hashable, Sendable {
    /// Where the connection comes from.
    package enum Network: Hashable, CaseIterable, Sendable {
        case thisMachine
        /// A private network, or one that the machine is part of.
        case near
        case elsewhere
    }

    /// What the web page that sent the request may do; a program that sends no `Origin` may do everything.
    package struct Page: Hashable, Sendable {
        package var mayRead: Bool
        package var mayChange: Bool
        package var maySimulate: Bool

        package static let program = Self(mayRead: true, mayChange: true, maySimulate: true)

        package init(mayRead: Bool, mayChange: Bool, maySimulate: Bool) {
            self.mayRead = mayRead
            self.mayChange = mayChange
            self.maySimulate = maySimulate
        }
    }

    package enum Credential: Hashable, Sendable {
        case none
        case wrong
        /// Not looked at: this address has presented too many wrong tokens.
        case delayed(seconds: Int)
        case role(AccessRole)
    }

    package var page = Page.program
    /// Whether the request names this gateway as its host.
    package var namesGateway = true
    package var network = Network.thisMachine
    /// Browsers do not apply CORS to WebSockets, so the rules for pages that read hold for them alone.
    package var isWebSocket = false
    package var credential = Credential.none

    package init() {}
}

/// The rules, as a function of who asks and what for.
package struct AccessRules: Hashable, Sendable {
    /// Whether any token exists: then changes need one.
    package var hasTokens = false
    /// Whether reading needs a token, too.
    package var protectsEverything = false
    /// Whether pages of any origin may read: a rebound page gains nothing by reading then.
    package var isOpenToPages = true

    package init() {}

    /// Why a request is not admitted; nil for one that is. What is said about pages and hosts precedes every token.
    package func reject(_ caller: AccessCaller, to access: RouteAccess) -> AccessReject? {
        if access.isChange || !isOpenToPages, !caller.namesGateway { return .unknownHost }
        if access == .simulates {
            guard caller.page.maySimulate else { return .foreignOrigin }
        } else if access.isChange {
            guard caller.page.mayChange else { return .foreignOrigin }
        } else if caller.isWebSocket {
            guard caller.page.mayRead else { return .foreignOrigin }
        }
        guard let role = access.role(protectingEverything: protectsEverything) else { return nil }
        guard hasTokens else { return rejectWithoutTokens(caller, to: access) }
        return switch caller.credential {
        case .none: .missingToken
        case .wrong: .wrongToken
        case .delayed: .tooManyAttempts
        case .role(let own): own >= role ? nil : .missingRole
        }
    }

    private func rejectWithoutTokens(_ caller: AccessCaller, to access: RouteAccess) -> AccessReject? {
        // Somebody on this machine can make a token anyway.
        if caller.network == .thisMachine { return nil }
        if access == .administers || protectsEverything { return .missingToken }
        return caller.network == .near ? nil : .foreignAddress
    }
}
