import Configuration
import Glibc
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
        guard !authorityFile.isEmpty, let bytes = Self.read(authorityFile) else {
            return APIError.unknown("this gateway has no private authority (tls.authority)").response
        }
        // A file may hold a private key by mistake, which must never leave this machine.
        guard bytes.starts(with: "-----BEGIN CERTIFICATE-----".utf8) else {
            return APIError.unknown("the file of the authority (tls.authority) is not a certificate").response
        }
        var response = HTTPResponse.bytes(bytes, Self.certificate)
        response.headers.add("Content-Disposition", "attachment; filename=\"leadville-gateway-ca.crt\"")
        return response
    }

    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: maximumBytes)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }
}
