import CCrypto

/// SHA-1, as the WebSocket handshake demands it. Nothing secret depends on it.
enum SHA1 {
    /// The twenty bytes of the digest.
    static func digest(_ bytes: [UInt8]) -> [UInt8] {
        // OpenSSL takes and fills C buffers; both are valid for exactly this call.
        [UInt8](unsafeUninitializedCapacity: 20) { digest, count in
            var length: UInt32 = 0
            let isDone = bytes.withUnsafeBytes { input in
                EVP_Digest(input.baseAddress, input.count, digest.baseAddress, &length, EVP_sha1(), nil) == 1
            }
            // SHA-1 can only fail where a FIPS provider forbids it; then no handshake may look accepted.
            count = isDone ? Int(length) : 0
        }
    }
}
