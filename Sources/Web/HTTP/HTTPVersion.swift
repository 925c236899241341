/// The two versions that the gateway speaks. Any other is refused with 505.
package enum HTTPVersion: String, Hashable, Sendable {
    case http10 = "HTTP/1.0"
    case http11 = "HTTP/1.1"
}
