import TestSupport
import Testing

@testable import Web

@Suite("Chunked UTF-8") struct UTF8ValidatorTests {
    private func isValid(_ bytes: [UInt8]) -> Bool {
        var validator = UTF8Validator()
        return validator.accept(bytes) && validator.isComplete
    }

    @Test("agrees with the standard library on random bytes around the boundaries")
    func agrees() {
        var random = SeededGenerator(seed: 0x5EED_0030)
        let interesting: [UInt8] = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
            0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
        ]
        for _ in 0..<30_000 {
            let bytes = (0..<random.number(1...5)).map { _ in interesting[random.number(0...(interesting.count - 1))] }
            #expect(isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil))
        }
    }

    @Test("accepts every scalar")
    func everyScalar() {
        var bytes: [UInt8] = []
        for value in UInt32(0)...0x10FFFF {
            if let scalar = Unicode.Scalar(value) { bytes.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
        }
        #expect(isValid(bytes))
    }

    @Test(
        "fails at the first invalid byte",
        arguments: [
            ("41 80", 1), ("c0", 0), ("c1", 0), ("f5", 0), ("ff", 0), ("c3 41", 1), ("e0 9f", 1), ("e0 80", 1),
            ("ed a0", 1), ("f0 8f", 1), ("f4 90", 1), ("e2 82 41", 2), ("f0 9f 92 c0", 3),
            ("ce ba e1 bd b9 cf 83 ce bc ce b5 f4 90", 12),
        ])
    func failsFast(text: String, position: Int) {
        let bytes = hexadecimal(text)
        var validator = UTF8Validator()
        let isFineBefore = validator.accept(Array(bytes[..<position]))
        let isFineAt = validator.accept([bytes[position]])
        #expect(isFineBefore && !isFineAt)
    }

    @Test("finds one invalid byte in long ASCII, at every position")
    func strangers() {
        for position in 0..<40 {
            var bytes = [UInt8](repeating: 0x61, count: 40)
            bytes[position] = 0x80
            #expect(!isValid(bytes))
            bytes.replaceSubrange(position...position, with: [0xC3, 0xA4])
            #expect(isValid(bytes))
        }
    }

    @Test("an incomplete character is an error only at the end")
    func unfinished() {
        for text in ["c3", "e2", "e2 82", "f0", "f0 9f", "f0 9f 92"] {
            var validator = UTF8Validator()
            let isFine = validator.accept(hexadecimal(text))
            #expect(isFine && !validator.isComplete)
        }
    }
}
