import CCrypto

/// SHA-1, required by the WebSocket handshake. It protects no secret.
enum SHA1 {
    /// The twenty bytes of the digest.
    static func digest(_ bytes: [UInt8]) -> [UInt8] {
        // OpenSSL reads and fills C buffers; both pointers are only valid during this call.
        [UInt8](unsafeUninitializedCapacity: 20) { digest, count in
            var length: UInt32 = 0
            let isDone = bytes.withUnsafeBytes { input in
                EVP_Digest(input.baseAddress, input.count, digest.baseAddress, &length, EVP_sha1(), nil) == 1
            }
            // SHA-1 can only fail if a FIPS provider forbids it; the digest is then empty, so that no handshake looks
            // accepted.
            count = isDone ? Int(length) : 0
        }
    }
}

/// The standard alphabet with padding (RFC 4648 §4).
enum Base64 {
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        // OpenSSL also writes a NUL, which is not part of the text.
        return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { text in
            Int(EVP_EncodeBlock(text.baseAddress, bytes, Int32(bytes.count)))
        }
    }
}
