import Network
import Reactor

/// What one client may do: a request, or a socket for as long as it is open. The rules are applied again each time,
/// because tokens may be added or revoked meanwhile.
@ReactorActor
package final class ClientAccess {
    private let control: AccessControl
    private(set) var caller: AccessCaller
    /// The address that wrong tokens and messages count for.
    let address: IPAddress
    private let peer: SocketAddress
    /// The token that the client has presented; nil without one.
    package private(set) var token: TokenRecord?
    private var cameFromCookie = false

    init(_ control: AccessControl, _ head: HTTPRequestHead, from peer: SocketAddress) {
        self.control = control
        self.peer = peer
        var caller = AccessCaller()
        caller.page = control.page(head)
        caller.namesGateway = control.namesThisGateway(head)
        caller.network = control.network(peer.ipAddress, head)
        caller.isWebSocket = WebSocketHandshake.isUpgradeRequest(head)
        self.caller = caller
        address = control.address(peer.ipAddress, head)
    }

    /// Why the client may not do this; nil if it may.
    package func reject(_ access: RouteAccess) -> AccessReject? {
        if let token, control.role(of: token.id) == nil { caller.credential = .wrong }
        return control.rules.reject(caller, to: access)
    }

    /// The role of its token; nil without one.
    package var role: AccessRole? {
        if case .role(let role) = caller.credential { role } else { nil }
    }

    /// For the audit trail and the log: the token's name and the address.
    package var name: String { token.map { "\($0.name) at \(peer.host)" } ?? peer.host }

    /// Presents the token of the request, if it has one.
    func presentToken(of head: HTTPRequestHead) {
        guard let presented = control.presentedToken(head) else { return }
        cameFromCookie = presented.way == .cookie
        present(presented.text)
    }

    /// Presents a token, which counts as an attempt.
    @discardableResult
    package func present(_ text: String) -> AccessCaller.Credential {
        (caller.credential, token) = control.check(text, from: address)
        return caller.credential
    }

    /// Why the token that the client presented is not admitted.
    var tokenReject: AccessReject {
        if case .delayed = caller.credential { .tooManyAttempts } else { .wrongToken }
    }

    /// The response to a wrong token that was presented to sign in; nil if it was right.
    package var rejectionOfToken: HTTPResponse? {
        guard role == nil else { return nil }
        control.count(tokenReject)
        return response(to: tokenReject, .signsIn)
    }

    /// Limits a client to what another request of it may do: its page may be another.
    func restrict(_ head: HTTPRequestHead) {
        let page = control.page(head)
        caller.page.mayRead = caller.page.mayRead && page.mayRead
        caller.page.mayChange = caller.page.mayChange && page.mayChange
        caller.page.maySimulate = caller.page.maySimulate && page.maySimulate
        caller.namesGateway = caller.namesGateway && control.namesThisGateway(head)
    }

    /// Counts a rejection of a message.
    package func count(_ reject: AccessReject) { control.count(reject) }

    func response(to reject: AccessReject, _ access: RouteAccess) -> HTTPResponse {
        var seconds: Int?
        if case .delayed(let delay) = caller.credential { seconds = delay }
        var response = reject.response(
            for: access.role(protectingEverything: control.rules.protectsEverything), retryAfter: seconds)
        // A browser would present a revoked token for ever.
        if reject == .wrongToken, cameFromCookie {
            response.headers.add("Set-Cookie", TokenCookie.clear(secure: false))
        }
        return response
    }
}
