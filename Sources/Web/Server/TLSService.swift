import Metrics
import Network
import Reactor

/// The certificate of all servers, which can be replaced while they run: connections keep the one they began with.
@ReactorActor
package final class TLSService {
    private(set) var context: TLSContext?
    private let handshakes: Counter
    private let resumptions: Counter
    private let failures: Counter

    package init(metrics: MetricsRegistry) {
        handshakes = metrics.counter("leadville_tls_handshakes_total", "TLS connections established.")
        resumptions = metrics.counter("leadville_tls_resumptions_total", "TLS connections that resumed a session.")
        failures = metrics.counter("leadville_tls_failures_total", "TLS connections that failed.")
    }

    /// Uses a certificate for connections from now on; nil accepts no TLS.
    package func use(_ context: TLSContext?) {
        context?.onHandshake = { [handshakes, resumptions] isResumed in
            handshakes.add()
            if isResumed { resumptions.add() }
        }
        context?.onFailure = { [failures] _ in failures.add() }
        self.context = context
    }
}

extension HTTPResponse {
    /// The response to a request without TLS where TLS is required: a page is redirected, anything else is rejected.
    static func requiringTLS(_ head: HTTPRequestHead) -> Self {
        let isPage = head.method == .get || head.method == .head
        guard isPage, head.headers["Upgrade"] == nil, let host = head.headers["Host"] else {
            return .text("This gateway requires TLS: use https:// or wss://.\n", status: .forbidden)
        }
        return .redirect(to: "https://\(host)\(head.target)", status: .permanentRedirect)
    }
}
