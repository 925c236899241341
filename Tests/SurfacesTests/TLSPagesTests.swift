import Testing

@testable import Surfaces

@Suite("The certificate of the authority") struct TLSPagesTests {
    private static let certificate = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n"
    private static let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"

    private func certificates(_ pem: String) -> String {
        String(decoding: TLSPages.certificates(in: Array(pem.utf8)), as: UTF8.self)
    }

    @Test("a private key in the same file stays here, wherever it is")
    func keys() {
        let (certificate, key) = (Self.certificate, Self.key)
        for pem in [certificate + key, key + certificate, key + certificate + key] {
            #expect(certificates(pem) == certificate)
        }
        #expect(certificates(key) == "")
        #expect(certificates("-----BEGIN CERTIFICATE-----\nTUlJ\n" + key) == "")
        #expect(certificates("-----BEGIN CERTIFICATE-----\nTUlJ\n" + key + certificate) == certificate)
    }

    @Test("text around certificates is left out, and lines may end with CR LF")
    func text() {
        let certificate = Self.certificate
        #expect(
            certificates("issued to: range\n" + certificate + "\n" + certificate + "note") == certificate + certificate)
        #expect(certificates(String(certificate.flatMap { $0 == "\n" ? "\r\n" : String($0) })) == certificate)
        #expect(certificates("") == "")
    }
}
