import JSON
import ShootingRange
import Web

extension RangeError {
    package var status: HTTPStatus {
        switch self {
        case .unknown: .notFound
        case .invalid: .badRequest
        case .conflict: .conflict
        case .unavailable: .serviceUnavailable
        }
    }
}

extension HTTPResponse {
    /// `{"error":"…"}`.
    package static func error(_ text: String, _ status: HTTPStatus) -> Self {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("error", text)
        writer.endObject()
        return .json(writer.finish(), status: status)
    }

    static func error(_ refusal: RangeError) -> Self { error(refusal.text, refusal.status) }

    /// What `write` writes, as JSON.
    static func json(status: HTTPStatus = .ok, _ write: (inout JSONWriter) -> Void) -> Self {
        var writer = JSONWriter()
        write(&writer)
        return .json(writer.finish(), status: status)
    }
}

extension HTTPRequest {
    /// The body as an object. An empty body is an empty object.
    func object() throws(RangeError) -> JSONObject {
        guard !body.isEmpty else { return JSONObject() }
        do {
            guard let object = try JSONValue(parsing: body).objectValue else {
                throw RangeError.invalid("the body must be a JSON object")
            }
            return object
        } catch let error as JSONError {
            throw .invalid("the body is no JSON: \(error.description)")
        } catch {
            throw .invalid("the body must be a JSON object")
        }
    }
}
