import Clocks

/// What a web server allows its clients.
package struct WebSettings: Sendable {
    package var http = HTTPLimits()
    /// From the first byte of a request to its last.
    package var requestTimeout = Nanoseconds.seconds(10)
    /// How long an answer may be worked on before the client is told that there is none.
    package var responseTimeout = Nanoseconds.seconds(30)
    /// How long a connection may stay open without a request.
    package var idleTimeout = Nanoseconds.seconds(60)
    package var maximumClients = 5_000
    /// How many bytes may wait for a client that does not keep up.
    package var queueLimit = 1 << 20
    package var cors = CORSPolicy()

    package init() {}
}
