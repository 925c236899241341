import Glibc
import Testing

@testable import MQTT

@Suite("MQTT failures") struct MQTTFailureTests {
    private static let settings = MQTTSettings(host: "broker.example", port: 8_883, clientID: "test")

    @Test("name the reason of a system error")
    func systemErrors() {
        let reasons: [(Int32, MQTTFailure.Reason)] = [
            (ECONNREFUSED, .refused), (EHOSTUNREACH, .unreachable), (ENETUNREACH, .unreachable), (ETIMEDOUT, .timedOut),
            (ECONNRESET, .closed), (EMFILE, .system),
        ]
        for (number, reason) in reasons {
            // 14: MOSQ_ERR_ERRNO.
            let failure = MQTTFailure(code: 14, errorNumber: number, Self.settings, MQTTEvidence())
            #expect(failure.reason == reason)
        }
        let unknown = MQTTFailure(code: 15, errorNumber: EAI_NONAME, Self.settings, MQTTEvidence())
        #expect(unknown.reason == .nameUnknown)
        #expect(unknown.description.hasPrefix("the name broker.example cannot be resolved: "))
    }

    @Test("name what is wrong with a certificate")
    func certificates() {
        // Codes of OpenSSL: expired, self-signed, unable to get the local issuer.
        let reasons: [(Int, MQTTFailure.Reason)] = [
            (10, .badCertificate), (18, .unknownAuthority), (20, .unknownAuthority),
        ]
        for (result, reason) in reasons {
            var evidence = MQTTEvidence()
            (evidence.tlsError, evidence.verifyResult) = ("certificate verify failed", result)
            #expect(MQTTFailure(code: 8, errorNumber: 0, Self.settings, evidence).reason == reason)
        }
        var evidence = MQTTEvidence()
        (evidence.tlsError, evidence.hostNameDiffers) = ("certificate verify failed", true)
        #expect(MQTTFailure(code: 8, errorNumber: 0, Self.settings, evidence).reason == .wrongHostName)
    }

    @Test("name why the broker rejects a connection, in both versions of the protocol")
    func rejections() {
        let reasons: [(Int32, MQTTFailure.Reason)] = [
            (4, .badCredentials), (5, .badCredentials), (0x86, .badCredentials), (0x87, .badCredentials),
            (3, .unavailable), (0x88, .unavailable), (2, .rejected), (0x85, .rejected), (0x8A, .rejected),
        ]
        for (code, reason) in reasons { #expect(MQTTFailure(rejection: code).reason == reason) }
        #expect(MQTTFailure(disconnection: 0x8E).reason == .replaced)
    }

    @Test("a connection that ends is told as such, with TLS too")
    func closed() {
        var evidence = MQTTEvidence()
        (evidence.usesTLS, evidence.wasAccepted, evidence.tlsError) = (true, true, "unexpected eof while reading")
        #expect(MQTTFailure(code: 14, errorNumber: EPROTO, Self.settings, evidence).reason == .closed)
        let early = MQTTFailure(code: 7, errorNumber: 0, Self.settings, MQTTEvidence())
        #expect(early.description == "the broker closed the connection before it answered; does it expect TLS?")
    }

    @Test("texts become levels of topics")
    func levels() {
        #expect(MQTTTopic.level("AA:BB:CC") == "AA_BB_CC")
        #expect(MQTTTopic.level("Stand 1/#+$") == "Stand_1____")
        #expect(MQTTTopic.level("é-Z9") == "__-Z9")
        #expect(MQTTTopic.level("") == "_")
    }
}
