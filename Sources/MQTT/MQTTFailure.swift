import CMosquitto
import Glibc
import Reactor

/// Why there is no connection to the broker.
package struct MQTTFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The raw value is a stable name.
    package enum Reason: String, CaseIterable, Sendable {
        case nameUnknown = "name_unknown"
        case refused
        case unreachable
        case timedOut = "timed_out"
        /// It answered before, and then no longer.
        case silent
        case closed
        case badCredentials = "bad_credentials"
        case unavailable
        case replaced
        case rejected
        case subscriptionRejected = "subscription_rejected"
        case unknownAuthority = "unknown_authority"
        case wrongHostName = "wrong_host_name"
        case badCertificate = "bad_certificate"
        case tls
        case file
        case protocolError = "protocol_error"
        case system
    }

    package let reason: Reason
    /// A sentence without a full stop.
    package let description: String

    package init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }
}

/// What is known of a connection attempt when it fails.
struct MQTTEvidence {
    /// The latest error of the TLS library, without its prefix.
    var tlsError: String?
    /// A code of the TLS library; 0 if the certificate was valid.
    var verifyResult = 0
    var hostNameDiffers = false
    /// Whether the broker has accepted the connection.
    var wasAccepted = false
    var usesTLS = false
}

extension MQTTFailure {
    /// The failure of a call of the library.
    /// - Parameter code: what the call has returned.
    /// - Parameter errorNumber: `errno` at that moment.
    init(code: Int32, errorNumber: Int32, _ settings: MQTTSettings, _ evidence: MQTTEvidence) {
        if let failure = Self.tls(settings, evidence) {
            self = failure
            return
        }
        switch code {
        case MOSQ_ERR_EAI.code:
            let text = String(cString: gai_strerror(errorNumber))
            self.init(.nameUnknown, "the name \(settings.host) cannot be resolved: \(text)")
        case MOSQ_ERR_ERRNO.code where [ECONNRESET, EPIPE, EPROTO].contains(errorNumber): self = Self.closed(evidence)
        case MOSQ_ERR_ERRNO.code where errorNumber != 0: self.init(errorNumber: errorNumber, settings)
        case MOSQ_ERR_KEEPALIVE.code: self.init(.silent, "the broker does not answer any more")
        case MOSQ_ERR_TLS.code: self.init(.tls, "the TLS connection cannot be set up")
        case MOSQ_ERR_CONN_LOST.code, MOSQ_ERR_NO_CONN.code, MOSQ_ERR_ERRNO.code:
            self = Self.closed(evidence)
        case MOSQ_ERR_PROTOCOL.code, MOSQ_ERR_MALFORMED_PACKET.code:
            self.init(.protocolError, "what answers at \(settings.address) does not speak MQTT")
        default: self.init(.system, String(cString: mosquitto_strerror(code)))
        }
    }

    private init(errorNumber: Int32, _ settings: MQTTSettings) {
        switch errorNumber {
        case ECONNREFUSED: self.init(.refused, "no broker listens at \(settings.address)")
        case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EADDRNOTAVAIL:
            self.init(.unreachable, "\(settings.address) cannot be reached: \(SystemError.text(of: errorNumber))")
        case ETIMEDOUT: self.init(.timedOut, "\(settings.address) does not answer")
        default: self.init(.system, SystemError.text(of: errorNumber))
        }
    }

    private static func closed(_ evidence: MQTTEvidence) -> Self {
        guard !evidence.wasAccepted else { return Self(.closed, "the broker closed the connection") }
        let question =
            evidence.usesTLS ? "does it require a certificate (mqtt.tls.cert_file)?" : "does it expect TLS?"
        return Self(.closed, "the broker closed the connection before it answered; \(question)")
    }

    private static func tls(_ settings: MQTTSettings, _ evidence: MQTTEvidence) -> Self? {
        guard let error = evidence.tlsError ?? (evidence.hostNameDiffers ? "" : nil) else { return nil }
        if evidence.hostNameDiffers {
            return Self(.wrongHostName, "the broker's certificate is not for the name \(settings.host)")
        }
        if evidence.wasAccepted || error == "unexpected eof while reading" { return closed(evidence) }
        switch Int32(truncatingIfNeeded: evidence.verifyResult) {
        case X509_V_OK:
            let explanation =
                error == "wrong version number" ? "; does the broker expect a connection without TLS?" : ""
            return Self(.tls, "the TLS connection cannot be set up: \(error)\(explanation)")
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return Self(
                .unknownAuthority,
                "the broker's certificate was signed by an unknown authority; name its file in mqtt.tls.ca_file")
        default:
            let text = String(cString: X509_verify_cert_error_string(evidence.verifyResult))
            return Self(.badCertificate, "the broker's certificate is not valid: \(text)")
        }
    }

    /// The broker has answered that it does not accept the connection.
    /// - Parameter code: of MQTT 5, or of MQTT 3.1.1 (1...5).
    init(rejection code: Int32) {
        switch code {
        case 4, 0x86: self.init(.badCredentials, "the broker does not accept the user name or the password")
        case 5, 0x87: self.init(.badCredentials, "the broker does not authorise this user")
        case 3, 0x88, 0x89: self.init(.unavailable, "the broker is not available at present")
        case 2, 0x85: self.init(.rejected, "the broker does not accept the client id")
        case 1, 0x84: self.init(.rejected, "the broker supports neither MQTT 5 nor MQTT 3.1.1")
        default: self.init(.rejected, "the broker does not accept the connection: \(Self.text(of: code))")
        }
    }

    /// The broker has ended an accepted connection with a reason.
    init(disconnection code: Int32) {
        switch code {
        case 0x8E: self.init(.replaced, "another client with the same client id has connected to the broker")
        case 0x8B: self.init(.closed, "the broker stops")
        case 0x8D: self.init(.silent, "the broker has received nothing from the gateway for too long")
        default: self.init(.closed, "the broker closed the connection: \(Self.text(of: code))")
        }
    }

    private static func text(of code: Int32) -> String { String(cString: mosquitto_reason_string(code)) }
}

extension mosq_err_t {
    var code: Int32 { Int32(truncatingIfNeeded: rawValue) }
}
