import Testing

@testable import Text

@Suite("Hexadecimal digits") struct HexadecimalTests {
    @Test("numbers have leading zeros, and as many digits as they need")
    func numbers() {
        #expect(Hexadecimal.text(0x1a0, digits: 4) == "01a0")
        #expect(Hexadecimal.text(0, digits: 2) == "00")
        #expect(Hexadecimal.text(0x1F600, digits: 4, uppercase: true) == "1F600")
        #expect(Hexadecimal.text(.max, digits: 16) == "ffffffffffffffff")
    }

    @Test("bytes are pairs of digits in both directions")
    func bytes() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Hexadecimal.text(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        #expect(Hexadecimal.bytes(Array(text.utf8)[...]) == bytes)
        #expect(Hexadecimal.bytes(Array(text.uppercased().utf8)[...]) == bytes)
        #expect(Hexadecimal.bytes([]) == [])
    }

    @Test("anything but pairs of digits is rejected", arguments: ["0", "012", "0g", "0 1", "0x", " 01", "ü"])
    func invalid(text: String) {
        #expect(Hexadecimal.bytes(Array(text.utf8)[...]) == nil)
    }
}
