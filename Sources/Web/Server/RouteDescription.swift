import JSON

/// What a route does, as the documents of the API say it. It stands beside the route in the table that serves it, and is
/// made only when somebody requests a document.
package struct RouteDescription: Sendable {
    /// A parameter in the path or in the query.
    package struct Parameter: Sendable {
        package let name: String
        package let isInPath: Bool
        package let schema: JSONSchema
        package let text: String
        package let isRequired: Bool
    }

    package struct Body: Sendable {
        package let type: MediaType
        package let schema: JSONSchema?
        package let isRequired: Bool
    }

    package struct Response: Sendable {
        package let status: HTTPStatus
        package let text: String
        /// Nil without a body.
        package let type: MediaType?
        package let schema: JSONSchema?
    }

    /// A sentence without a full stop: `Lists the targets`.
    package let summary: String
    /// The heading under which documents list it.
    package let group: String
    package private(set) var text = ""
    package private(set) var parameters: [Parameter] = []
    package private(set) var body: Body?
    package private(set) var responses: [Response] = []
    package private(set) var socket: SocketDescription?
    private let errors: JSONSchema?

    /// - Parameter errors: the shape of error responses; nil for text.
    package init(_ summary: String, in group: String, errors: JSONSchema? = nil) {
        self.summary = summary
        self.group = group
        self.errors = errors
    }

    /// Further sentences.
    package func text(_ text: String) -> Self { changed { $0.text = text } }

    /// Says what a parameter of the path means.
    package func parameter(_ name: String, _ text: String, _ schema: JSONSchema = .string) -> Self {
        changed {
            $0.parameters.append(
                Parameter(name: name, isInPath: true, schema: schema, text: text, isRequired: true))
        }
    }

    package func query(_ name: String, _ schema: JSONSchema, _ text: String, isRequired: Bool = false) -> Self {
        changed {
            $0.parameters.append(
                Parameter(name: name, isInPath: false, schema: schema, text: text, isRequired: isRequired))
        }
    }

    package func body(_ schema: JSONSchema?, as type: MediaType = .json, isRequired: Bool = true) -> Self {
        changed { $0.body = Body(type: type, schema: schema, isRequired: isRequired) }
    }

    /// A JSON response.
    package func responds(_ schema: JSONSchema, _ status: HTTPStatus = .ok, _ text: String = "") -> Self {
        responds(status, as: .json, schema, text)
    }

    /// A response of another type, or without a body.
    package func responds(
        _ status: HTTPStatus = .ok, as type: MediaType? = nil, _ schema: JSONSchema? = nil, _ text: String = ""
    ) -> Self {
        changed {
            $0.responses.append(
                Response(status: status, text: text.isEmpty ? status.phrase : text, type: type, schema: schema))
        }
    }

    /// Responses to requests that fail.
    package func fails(_ statuses: HTTPStatus...) -> Self {
        statuses.reduce(self) { $0.responds($1, as: errors == nil ? .plainText : .json, errors) }
    }

    /// The messages of a protocol above HTTP.
    package func messages(_ socket: SocketDescription) -> Self { changed { $0.socket = socket } }

    /// A WebSocket.
    package func socket(_ socket: SocketDescription) -> Self {
        changed { $0.socket = socket }
            .responds(.switchingProtocols, "The connection is a WebSocket")
            .responds(.badRequest, as: .plainText, nil, "The handshake is invalid")
            .responds(.upgradeRequired, as: .plainText, nil, "The request does not ask for a WebSocket")
    }

    private func responds(_ status: HTTPStatus, _ text: String) -> Self { responds(status, as: nil, nil, text) }

    private func changed(_ change: (inout Self) -> Void) -> Self {
        var description = self
        change(&description)
        return description
    }

    /// A file of the gateway's own pages.
    package static func asset(_ type: MediaType) -> Self {
        Self("Serves a file of the gateway's pages", in: "Pages")
            .responds(.ok, as: type)
            .responds(.notModified, "The client has this version already")
    }
}

/// The messages of a WebSocket.
package struct SocketDescription: Sendable {
    package struct Message: Sendable {
        /// Of letters and digits.
        package let name: String
        package let schema: JSONSchema
        package let text: String
        /// Nil for JSON.
        package var type: MediaType?
    }

    package private(set) var sent: [Message] = []
    package private(set) var received: [Message] = []

    package init() {}

    /// A message that the gateway sends.
    package func sends(_ name: String, as type: MediaType? = nil, _ schema: JSONSchema, _ text: String) -> Self {
        var socket = self
        socket.sent.append(Message(name: name, schema: schema, text: text, type: type))
        return socket
    }

    /// A message that the gateway understands.
    package func receives(_ name: String, _ schema: JSONSchema, _ text: String) -> Self {
        var socket = self
        socket.received.append(Message(name: name, schema: schema, text: text))
        return socket
    }
}
