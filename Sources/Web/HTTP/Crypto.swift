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

/// SHA-256, for the digests of tokens.
enum SHA256 {
    /// The 32 bytes of the digest.
    static func digest(_ bytes: [UInt8]) -> [UInt8] {
        // OpenSSL reads and fills C buffers; both pointers are only valid during this call.
        [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
            var length: UInt32 = 0
            let isDone = bytes.withUnsafeBytes { input in
                EVP_Digest(input.baseAddress, input.count, digest.baseAddress, &length, EVP_sha256(), nil) == 1
            }
            // Without memory the digest is empty, and equal to no other.
            count = isDone ? Int(length) : 0
        }
    }
}

/// The alphabet for URLs and cookies, without padding (RFC 4648 §5).
enum Base64URL {
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        String(Base64.encode(bytes).compactMap { $0 == "=" ? nil : $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    /// Nil if the text is none.
    static func decode(_ text: String) -> [UInt8]? {
        let standard = text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            case UInt8(ascii: "+"), UInt8(ascii: "/"): UInt8(ascii: "!")
            default: byte
            }
        }
        return Base64.decode(standard[...])
    }
}

/// The standard alphabet with padding (RFC 4648 §4).
package enum Base64 {
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        // OpenSSL also writes a NUL, which is not part of the text.
        return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { text in
            Int(EVP_EncodeBlock(text.baseAddress, bytes, Int32(bytes.count)))
        }
    }
}

extension Base64 {
    /// The bytes, or nil if the text is not base64. The padding may be missing.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var end = text.endIndex
        while end > text.startIndex, text.endIndex - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        let digits = text[text.startIndex..<end]
        let isPadded = end < text.endIndex
        guard digits.count % 4 != 1, !isPadded || text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
