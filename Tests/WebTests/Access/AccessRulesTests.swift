import Clocks
import Network
import Testing

@testable import Web

/// The decision as a function: role × route × page × address.
@Suite("Access rules") struct AccessRulesTests {
    typealias Network = AccessCaller.Network

    private static let roles: [AccessRole?] = [nil, .read, .operate, .admin]

    private func caller(
        _ role: AccessRole?, page: AccessCaller.Page = .program, namesGateway: Bool = true,
        network: Network = .near, isWebSocket: Bool = false
    ) -> AccessCaller {
        var caller = AccessCaller()
        caller.credential = role.map { .role($0) } ?? .none
        caller.page = page
        caller.namesGateway = namesGateway
        caller.network = network
        caller.isWebSocket = isWebSocket
        return caller
    }

    private func rules(tokens: Bool, everything: Bool = false, openToPages: Bool = true) -> AccessRules {
        var rules = AccessRules()
        rules.hasTokens = tokens
        rules.protectsEverything = everything
        rules.isOpenToPages = openToPages
        return rules
    }

    /// What each role may do once there are tokens, and what without a token.
    nonisolated static let table:
        [(RouteAccess, protected: Bool, none: AccessReject?, read: AccessReject?, operate: AccessReject?)] = [
            (.open, false, nil, nil, nil), (.open, true, nil, nil, nil),
            (.signsIn, false, nil, nil, nil), (.signsIn, true, nil, nil, nil),
            (.reads, false, nil, nil, nil), (.reads, true, .missingToken, nil, nil),
            (.simulates, false, .missingToken, .missingRole, nil), (.simulates, true, .missingToken, .missingRole, nil),
            (.delivers, false, .missingToken, .missingRole, nil), (.delivers, true, .missingToken, .missingRole, nil),
            (.operates, false, .missingToken, .missingRole, nil), (.operates, true, .missingToken, .missingRole, nil),
            (.invites, false, .missingToken, .missingRole, nil), (.invites, true, .missingToken, .missingRole, nil),
            (.audits, false, .missingToken, .missingRole, .missingRole),
            (.audits, true, .missingToken, .missingRole, .missingRole),
            (.administers, false, .missingToken, .missingRole, .missingRole),
            (.administers, true, .missingToken, .missingRole, .missingRole),
        ]

    @Test("with tokens, the role decides, wherever the request comes from; an administrator may do everything")
    func withTokens() {
        for row in Self.table {
            let rules = rules(tokens: true, everything: row.protected)
            for network in Network.allCases {
                for (role, expected) in zip(Self.roles, [row.none, row.read, row.operate, nil]) {
                    let reject = rules.reject(caller(role, network: network), to: row.0)
                    #expect(reject == expected, "\(row.0) \(row.protected) \(network) \(String(describing: role))")
                }
            }
        }
        #expect(Set(Self.table.map(\.0)) == Set(RouteAccess.allCases))
    }

    @Test("without tokens, the address decides")
    func withoutTokens() {
        for access in RouteAccess.allCases {
            for protected in [false, true] {
                let rules = rules(tokens: false, everything: protected)
                let role = access.role(protectingEverything: protected)
                #expect(rules.reject(caller(nil, network: .thisMachine), to: access) == nil)
                let isLocked = role != nil && (protected || access == .administers)
                let near: AccessReject? = isLocked ? .missingToken : nil
                let elsewhere: AccessReject? = role == nil ? nil : isLocked ? .missingToken : .foreignAddress
                #expect(rules.reject(caller(nil, network: .near), to: access) == near, "\(access) \(protected)")
                #expect(
                    rules.reject(caller(nil, network: .elsewhere), to: access) == elsewhere, "\(access) \(protected)")
            }
        }
    }

    @Test("no role admits a foreign page or another host to a change")
    func pages() {
        let foreign = AccessCaller.Page(mayRead: true, mayChange: false, maySimulate: false)
        let file = AccessCaller.Page(mayRead: true, mayChange: false, maySimulate: true)
        for access in RouteAccess.allCases where access.isChange {
            for role in Self.roles {
                for tokens in [false, true] {
                    let rules = rules(tokens: tokens)
                    for network in Network.allCases {
                        let host = caller(role, page: foreign, namesGateway: false, network: network)
                        #expect(rules.reject(host, to: access) == .unknownHost)
                        #expect(
                            rules.reject(caller(role, page: foreign, network: network), to: access) == .foreignOrigin)
                    }
                    let own = rules.reject(caller(role), to: access)
                    let expected: AccessReject? = access == .simulates ? own : .foreignOrigin
                    #expect(rules.reject(caller(role, page: file), to: access) == expected)
                }
            }
        }
    }

    @Test("pages that may not read open no WebSocket, whatever token they have")
    func webSockets() {
        let foreign = AccessCaller.Page(mayRead: false, mayChange: false, maySimulate: false)
        for role in Self.roles {
            for access in [RouteAccess.open, .reads] {
                let rules = rules(tokens: true, openToPages: false)
                #expect(rules.reject(caller(role, page: foreign, isWebSocket: true), to: access) == .foreignOrigin)
                // CORS keeps the response of other requests from the page.
                #expect(rules.reject(caller(role, page: foreign), to: access) == nil)
                #expect(rules.reject(caller(role, namesGateway: false), to: access) == .unknownHost)
            }
        }
    }

    @Test("wrong and delayed tokens are distinguished from missing ones")
    func credentials() {
        var caller = caller(nil)
        caller.credential = .wrong
        #expect(rules(tokens: true).reject(caller, to: .operates) == .wrongToken)
        #expect(rules(tokens: true).reject(caller, to: .reads) == nil)
        caller.credential = .delayed(seconds: 3)
        #expect(rules(tokens: true).reject(caller, to: .operates) == .tooManyAttempts)
    }
}

@Suite("Wrong tokens") struct AttemptLimiterTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func address(_ text: String) throws -> IPAddress {
        try #require(IPAddress(v4: text) ?? IPAddress(v6: text))
    }

    @Test("the first attempts are free, then the delay doubles up to a minute")
    func delays() throws {
        var limiter = AttemptLimiter()
        let address = try address("192.168.1.50")
        var now = start
        var delays: [Int64] = []
        for _ in 0..<13 {
            limiter.recordWrong(from: address, at: now)
            let delay = limiter.delay(of: address, at: now) ?? .seconds(0)
            delays.append(delay.count / 1_000_000_000)
            now = now + delay
            #expect(limiter.delay(of: address, at: now) == nil)
        }
        #expect(delays == [0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60, 60])
        limiter.recordWrong(from: address, at: now + .seconds(601))
        #expect(limiter.delay(of: address, at: now + .seconds(601)) == nil, "forgotten")
    }

    @Test("each address counts for itself, one of IPv6 as its network; a proven token stays known")
    func addresses() throws {
        var limiter = AttemptLimiter()
        let (one, other) = (try address("2001:db8::1"), try address("2001:db8::2"))
        limiter.recordRight("a", from: one, at: start)
        for _ in 0..<5 { limiter.recordWrong(from: one, at: start) }
        #expect(limiter.delay(of: other, at: start) != nil)
        #expect(limiter.delay(of: try address("2001:db8:0:1::1"), at: start) == nil)
        #expect(limiter.isProven("a", at: other) && !limiter.isProven("b", at: one))
    }

    @Test("the number of addresses is bounded; the one that was quiet longest is forgotten")
    func bounds() throws {
        var limiter = AttemptLimiter()
        let first = try address("10.0.0.1")
        for _ in 0..<5 { limiter.recordWrong(from: first, at: start) }
        for index in 0..<AttemptLimiter.maximumAddresses {
            let other = try address("10.1.\(index / 256).\(index % 256)")
            limiter.recordWrong(from: other, at: start + .milliseconds(Int64(index) + 1))
        }
        #expect(limiter.delay(of: first, at: start) == nil)
    }
}
