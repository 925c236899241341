import Foundation
import Testing

@testable import Web

@Suite("Base64 and SHA-1") struct EncodingTests {
    @Test("base64 agrees with Foundation, both ways")
    func base64() {
        var random = SeededGenerator(0x5EED_0004)
        for length in 0..<200 {
            let bytes = random.bytes(length)
            let text = Base64.encode(bytes)
            #expect(text == Data(bytes).base64EncodedString())
            #expect(Base64.decode(Array(text.utf8)) == bytes)
        }
    }

    @Test(
        "what is not base64 is nil",
        arguments: ["a", "ab", "abc", "ab==c", "====", "a===", "ab c", "ab-_", "=abc", "abcd="])
    func notBase64(text: String) {
        #expect(Base64.decode(Array(text.utf8)) == nil)
    }

    @Test("the bits that padding leaves over may be set")
    func looseBits() {
        #expect(Base64.decode(Array("AQIDBAUGBwgJCgsMDQ4PEC==".utf8)) == Array(1...16))
    }

    @Test("SHA-1 of the standard's examples")
    func sha1() {
        #expect(SHA1.digest([]) == hexadecimal("da39a3ee5e6b4b0d3255bfef95601890afd80709"))
        #expect(SHA1.digest(Array("abc".utf8)) == hexadecimal("a9993e364706816aba3e25717850c26c9cd0d89d"))
        let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(SHA1.digest(million) == hexadecimal("34aa973cd4c4daa4f61eeb2bdbad27316534016f"))
    }
}
