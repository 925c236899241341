/// An answer: status, headers and a body.
package struct HTTPResponse: Hashable, Sendable {
    package var status: HTTPStatus
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// In the place of a body that is there: one that is made while it is sent.
    package var stream: HTTPBodyStream?

    package init(_ status: HTTPStatus, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Bytes of a named kind.
    package static func bytes(_ body: [UInt8], _ type: MediaType, status: HTTPStatus = .ok) -> Self {
        var response = Self(status, body: body)
        response.headers.add("Content-Type", type.text)
        return response
    }

    /// A body of a named kind that is made while it is sent.
    package static func stream(_ stream: HTTPBodyStream, _ type: MediaType) -> Self {
        var response = Self(.ok)
        response.headers.add("Content-Type", type.text)
        response.stream = stream
        return response
    }

    package static func text(_ text: String, status: HTTPStatus = .ok) -> Self {
        bytes(Array(text.utf8), .plainText, status: status)
    }

    package static func html(_ text: String, status: HTTPStatus = .ok) -> Self {
        bytes(Array(text.utf8), .html, status: status)
    }

    /// `body` is JSON already.
    package static func json(_ body: [UInt8], status: HTTPStatus = .ok) -> Self {
        bytes(body, .json, status: status)
    }

    package static func redirect(to location: String, status: HTTPStatus = .found) -> Self {
        var response = Self(status)
        response.headers.add("Location", location)
        return response
    }

    /// 405 with the methods that would have been served.
    package static func methodNotAllowed(allow methods: [HTTPMethod]) -> Self {
        let names = methods.map(\.rawValue).joined(separator: ", ")
        var response = text("Use one of: \(names)\n", status: .methodNotAllowed)
        response.headers.add("Allow", names)
        return response
    }

    /// What a refused request is answered. The connection closes after it.
    package static func error(_ refusal: HTTPError) -> Self {
        text(refusal.text + "\n", status: refusal.status)
    }
}
