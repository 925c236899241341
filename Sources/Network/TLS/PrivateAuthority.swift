import CCrypto
import Glibc
import Reactor

/// A certificate authority of one's own, and the server certificate that it issues: files in one directory.
package struct PrivateAuthority {
    package let directory: String

    package var certificateFile: String { directory + "/ca.crt" }
    package var keyFile: String { directory + "/ca.key" }
    package var serverCertificateFile: String { directory + "/server.crt" }
    package var serverKeyFile: String { directory + "/server.key" }

    /// A phone that trusts the authority trusts it for a long time; a browser accepts a server certificate for 825 days.
    private static let authorityDays = 3_650
    private static let serverDays = 820

    package init(directory: String) {
        self.directory = directory
    }

    /// Whether the authority exists already. It is never replaced, because phones trust it.
    package var exists: Bool { access(certificateFile, F_OK) == 0 }

    /// Makes the authority unless it exists.
    package func create(organisation: String) throws(TLSError) {
        guard !exists else { return }
        if mkdir(directory, 0o755) != 0 {
            let code = errno
            if code != EEXIST { throw Self.fileError(directory, code) }
        }
        let key = try Self.newKey()
        defer { EVP_PKEY_free(key) }
        let certificate = try Self.newCertificate("\(organisation) authority", key, days: Self.authorityDays)
        defer { X509_free(certificate) }
        X509_set_issuer_name(certificate, X509_get_subject_name(certificate))
        try Self.add(
            [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
                (NID_subject_key_identifier, "hash"),
            ], to: certificate, issuer: certificate)
        try Self.sign(certificate, with: key)
        try write(key, to: keyFile)
        try write([certificate], to: certificateFile)
    }

    /// Issues a server certificate for these host names and addresses, and replaces the one before.
    package func issue(for names: [String]) throws(TLSError) {
        let (authority, authorityKey) = try read()
        defer {
            X509_free(authority)
            EVP_PKEY_free(authorityKey)
        }
        let key = try Self.newKey()
        defer { EVP_PKEY_free(key) }
        let certificate = try Self.newCertificate(names.first ?? "gateway", key, days: Self.serverDays)
        defer { X509_free(certificate) }
        X509_set_issuer_name(certificate, X509_get_subject_name(authority))
        let alternatives = names.map { (Self.isAddress($0) ? "IP:" : "DNS:") + $0 }.joined(separator: ",")
        try Self.add(
            [
                (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
                (NID_ext_key_usage, "serverAuth"), (NID_subject_key_identifier, "hash"),
                (NID_authority_key_identifier, "keyid"), (NID_subject_alt_name, alternatives),
            ], to: certificate, issuer: authority)
        try Self.sign(certificate, with: authorityKey)
        try write(key, to: serverKeyFile)
        try write([certificate, authority], to: serverCertificateFile)
    }

    private static func isAddress(_ name: String) -> Bool {
        var bytes = in6_addr()
        return inet_pton(AF_INET, name, &bytes) == 1 || inet_pton(AF_INET6, name, &bytes) == 1
    }

    // MARK: Certificates

    private static func newKey() throws(TLSError) -> OpaquePointer {
        guard let key = crypto_new_key() else { throw TLSError("no key could be made") }
        return key
    }

    private static func newCertificate(
        _ name: String, _ key: OpaquePointer, days: Int
    ) throws(TLSError) -> OpaquePointer {
        guard let certificate = X509_new() else { throw TLSError("no certificate could be made") }
        // Version 3.
        X509_set_version(certificate, 2)
        var serial = [UInt8](repeating: 0, count: 16)
        RAND_bytes(&serial, Int32(serial.count))
        // Positive, and not zero.
        serial[0] = serial[0] & 0x7F | 1
        if let number = BN_bin2bn(serial, Int32(serial.count), nil) {
            BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate))
            BN_free(number)
        }
        // A day earlier, for phones whose clock is slow.
        X509_gmtime_adj(X509_getm_notBefore(certificate), -86_400)
        X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86_400)
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, Array(name.utf8.prefix(64)),
            Int32(min(64, name.utf8.count)), -1, 0)
        X509_set_pubkey(certificate, key)
        return certificate
    }

    private static func add(
        _ extensions: [(id: Int32, value: String)], to certificate: OpaquePointer, issuer: OpaquePointer
    ) throws(TLSError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, certificate, nil, nil, 0)
        for (id, value) in extensions {
            guard let added = X509V3_EXT_conf_nid(nil, &context, id, value) else {
                throw TLSError("the certificate cannot name \(value)")
            }
            X509_add_ext(certificate, added, -1)
            X509_EXTENSION_free(added)
        }
    }

    private static func sign(_ certificate: OpaquePointer, with key: OpaquePointer) throws(TLSError) {
        guard X509_sign(certificate, key, EVP_sha256()) > 0 else { throw TLSError("the certificate cannot be signed") }
    }

    // MARK: Files

    private func read() throws(TLSError) -> (certificate: OpaquePointer, key: OpaquePointer) {
        guard let file = BIO_new_file(certificateFile, "r") else { throw Self.fileError(certificateFile, errno) }
        defer { BIO_free(file) }
        guard let certificate = PEM_read_bio_X509(file, nil, nil, nil) else {
            throw TLSError("\(certificateFile) is not a certificate")
        }
        guard let keys = BIO_new_file(keyFile, "r") else { throw Self.fileError(keyFile, errno) }
        defer { BIO_free(keys) }
        guard let key = PEM_read_bio_PrivateKey(keys, nil, nil, nil) else {
            throw TLSError("\(keyFile) is not a private key")
        }
        return (certificate, key)
    }

    /// Only the owner and its group can read a key.
    private func write(_ key: OpaquePointer, to path: String) throws(TLSError) {
        try replace(path, mode: 0o640) { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) == 1 }
    }

    private func write(_ certificates: [OpaquePointer], to path: String) throws(TLSError) {
        try replace(path, mode: 0o644) { file in certificates.allSatisfy { PEM_write_bio_X509(file, $0) == 1 } }
    }

    private func replace(_ path: String, mode: mode_t, _ write: (OpaquePointer) -> Bool) throws(TLSError) {
        guard let memory = BIO_new(BIO_s_mem()) else { throw TLSError("no memory for \(path)") }
        defer { BIO_free(memory) }
        guard write(memory) else { throw TLSError("\(path) cannot be encoded") }
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(memory))
        guard BIO_read(memory, &bytes, Int32(bytes.count)) == bytes.count else {
            throw TLSError("\(path) cannot be encoded")
        }
        do throws(SystemError) {
            try SmallFile.replace(path, with: bytes, mode: mode)
        } catch {
            throw Self.fileError(path, error.code)
        }
    }

    /// With the reason of the system instead of OpenSSL's.
    private static func fileError(_ path: String, _ code: Int32) -> TLSError {
        ERR_clear_error()
        return TLSError("\(path): \(SystemError.text(of: code))")
    }
}
