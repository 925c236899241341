/// A request method. An unknown one is kept as it was sent, for the router to answer 405 or 501.
package struct HTTPMethod: Hashable, Sendable, CustomStringConvertible {
    /// Case matters: `get` is not `GET`.
    package let rawValue: String

    package init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    package static let get = Self("GET")
    package static let head = Self("HEAD")
    package static let post = Self("POST")
    package static let put = Self("PUT")
    package static let patch = Self("PATCH")
    package static let delete = Self("DELETE")
    package static let options = Self("OPTIONS")
    package static let connect = Self("CONNECT")
    package static let trace = Self("TRACE")

    package var description: String { rawValue }
}
