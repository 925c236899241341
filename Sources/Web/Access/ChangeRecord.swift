import Network
import Reactor

/// A change that was admitted, for the audit trail: who, what, and with which result. It never has a token's text, nor the
/// query, which may have one.
package struct ChangeRecord: Hashable, Sendable {
    /// The name of the token; nil without one.
    package let token: String?
    package let address: String
    /// `POST /api/targets`.
    package let action: String
    /// The status of the response; nil if the client had gone before there was one.
    package let status: Int?

    private static let maximumPathCharacters = 200

    init(of request: HTTPRequest, token: String?, status: HTTPStatus?) {
        self.token = token
        address = request.peer.host
        action = "\(request.method) \(request.path.prefix(Self.maximumPathCharacters))"
        self.status = status?.code
    }
}

@ReactorActor
extension AccessControl {
    /// Records the change that a request makes, when its response is known.
    func record(_ request: HTTPRequest, _ result: HTTPHandlerResult) {
        guard let onChange else { return }
        let token = request.client?.token?.name
        switch result {
        case .response(let response): onChange(ChangeRecord(of: request, token: token, status: response.status))
        case .deferred(let pending):
            pending.whenEnded { onChange(ChangeRecord(of: request, token: token, status: $0)) }
        case .webSocket: break
        }
    }
}
