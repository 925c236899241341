import CCrypto
import Glibc
import Reactor

/// A certificate that cannot be used.
package struct TLSError: Error, CustomStringConvertible {
    package let description: String

    /// With the reason of OpenSSL's last error.
    package init(_ activity: String) {
        let code = ERR_get_error()
        ERR_clear_error()
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &text, text.count)
        // error:CODE:library:function:reason
        let whole = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let reason = whole.split(separator: ":").last.map(String.init) ?? whole
        description = code == 0 ? activity : "\(activity): \(reason)"
    }
}

/// A certificate with its key, and what all connections that use it share.
package final class TLSContext {
    let pointer: OpaquePointer
    let output: TLSOutput
    /// Reports a completed handshake, and whether it resumed a session.
    package var onHandshake: ((_ isResumed: Bool) -> Void)?
    /// Reports why a connection failed.
    package var onFailure: ((_ reason: String) -> Void)?

    /// - Parameter certificate: a PEM file with the certificate, followed by those of the authorities between it and the root.
    /// - Parameter key: a PEM file with its private key.
    package init(certificate: String, key: String) throws(TLSError) {
        guard let pointer = SSL_CTX_new(TLS_server_method()), let output = TLSOutput() else {
            throw TLSError("TLS is unavailable")
        }
        (self.pointer, self.output) = (pointer, output)
        crypto_save_memory(pointer)
        let name = Array("leadville".utf8)
        SSL_CTX_set_session_id_context(pointer, name, UInt32(name.count))
        guard crypto_use_tls_1_2(pointer) == 1 else { throw TLSError("TLS 1.2 is unavailable") }
        try Self.requireReadable(certificate)
        guard SSL_CTX_use_certificate_chain_file(pointer, certificate) == 1 else {
            throw TLSError("\(certificate) is not a certificate")
        }
        try Self.requireReadable(key)
        guard SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
            throw TLSError("\(key) is not the private key of \(certificate)")
        }
        guard SSL_CTX_check_private_key(pointer) == 1 else {
            throw TLSError("\(key) is not the private key of \(certificate)")
        }
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    private static func requireReadable(_ path: String) throws(TLSError) {
        guard access(path, R_OK) != 0 else { return }
        let code = errno
        throw TLSError("\(path) cannot be read: \(SystemError.text(of: code))")
    }
}
