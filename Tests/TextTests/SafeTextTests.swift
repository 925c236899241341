import Testing

@testable import Text

@Suite("Text from outside") struct SafeTextTests {
    @Test("replaces C1 controls, separators of lines and marks of direction, and keeps all other text")
    func plain() {
        let unsafe = [
            "\u{80}", "\u{9B}31m", "\u{9F}", "\u{2028}", "\u{202E}", "\u{2066}", "\u{2069}", "\u{200F}", "\u{61C}",
        ]
        for text in unsafe {
            #expect(PlainText.string("a\(text)b").unicodeScalars.first { $0 == "?" } != nil)
            #expect(!PlainText.string("a\(text)b").unicodeScalars.contains(text.unicodeScalars.first ?? "x"))
        }
        let text = "Zürich 東京 שלום مرحبا 👩‍👩‍👧 \u{A0}~"
        #expect(PlainText.string(text) == text)
    }

    @Test("an excerpt is short, on one line and printable")
    func excerpt() {
        #expect(Excerpt.of("a\nb\u{1b}[31m\u{202E}") == "a\\nb\\u{1B}[31m\\u{202E}")
        #expect(Excerpt.of(String(repeating: "ä", count: 60)) == String(repeating: "ä", count: 60))
        #expect(Excerpt.of(String(repeating: "ä", count: 61)) == String(repeating: "ä", count: 60) + "…")
        #expect(Excerpt.quoted("Bay 3") == "\"Bay 3\"")
    }
}
