import Network

/// A whole request, as the handlers see it.
package struct HTTPRequest: Sendable {
    package let head: HTTPRequestHead
    package let body: [UInt8]
    package let peer: SocketAddress
    /// What stands in the open places of the route: for `/api/runs/{id}`, `parameters["id"]`.
    package internal(set) var parameters = PathParameters()

    package var method: HTTPMethod { head.method }
    package var path: String { head.path }
}
