/// A change that somebody made over the network.
package struct AuditEvent: Hashable, Sendable {
    /// The name of the token that was presented; nil without one.
    package let token: String?
    package let address: String
    /// `POST /api/targets`.
    package let action: String
    /// The status of the response; nil if the client had gone before there was one.
    package let status: Int?

    package init(token: String?, address: String, action: String, status: Int?) {
        self.token = token
        self.address = address
        self.action = action
        self.status = status
    }
}
