import Network
import Testing

@Suite("Secret comparison") struct SecretComparisonTests {
    @Test(
        "only the whole secret is equal to it",
        arguments: [
            ("abab", true), ("ab", false), ("aba", false), ("ababa", false), ("abababab", false), ("Abab", false),
            ("abaB", false), ("", false),
        ])
    func equality(text: String, isEqual: Bool) {
        #expect(SecretComparison.areEqual(Array(text.utf8), Array("abab".utf8)) == isEqual)
    }

    @Test("nothing is equal to an empty secret")
    func empty() {
        #expect(!SecretComparison.areEqual([], []) && !SecretComparison.areEqual([1], []))
    }
}
