import Configuration
import Reactor
import Web

/// Helps phones to trust the gateway's private authority: `/tls`, `/tls/ca.crt`.
@ReactorActor
package final class TLSPages: Surface {
    /// Empty: there is no private authority.
    package var authorityFile: String
    private static let maximumBytes = 64 << 10

    package init(authorityFile: String) {
        self.authorityFile = authorityFile
    }

    package func addRoutes(to routes: Router) {
        routes.asset("/tls", .html, PageFile("TLS/Pages/tls.html"))
        routes.get("/tls/ca.crt", Self.documentation, access: .open) { [unowned self] _ in .response(authority()) }
    }

    private static let certificate = MediaType("application/x-x509-ca-cert")

    private static var documentation: RouteDescription {
        .api("Gateway", "Returns the certificate of the private authority").responds(as: certificate).fails(.notFound)
    }

    /// Read for each request: it is small, seldom requested, and may be new.
    private func authority() -> HTTPResponse {
        guard !authorityFile.isEmpty, let bytes = try? SmallFile.read(authorityFile, atMost: Self.maximumBytes)
        else {
            return APIError.unknown("this gateway has no private authority (tls.authority)").response
        }
        let certificates = Self.certificates(in: bytes)
        guard !certificates.isEmpty else {
            return APIError.unknown("the file of the authority (tls.authority) is not a certificate").response
        }
        var response = HTTPResponse.bytes(certificates, Self.certificate)
        response.headers.add("Content-Disposition", "attachment; filename=\"leadville-gateway-ca.crt\"")
        return response
    }

    /// The certificates of a PEM file and nothing else: it may hold a private key as well, which must never leave this machine.
    nonisolated static func certificates(in pem: [UInt8]) -> [UInt8] {
        var certificates: [UInt8] = []
        var block: [UInt8]?
        for line in pem.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            if line.starts(with: "-----BEGIN ".utf8) {
                block = line.elementsEqual("-----BEGIN CERTIFICATE-----".utf8) ? [] : nil
            }
            block?.append(contentsOf: line)
            block?.append(UInt8(ascii: "\n"))
            if line.elementsEqual("-----END CERTIFICATE-----".utf8) { certificates += block.take() ?? [] }
        }
        return certificates
    }
}
