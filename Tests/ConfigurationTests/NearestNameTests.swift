import Testing

@testable import Configuration

@Suite("The nearest name") struct NearestNameTests {
    @Test(
        "distances",
        arguments: [
            ("", "", 0), ("a", "", 1), ("", "abc", 3), ("alpha", "alpha", 0), ("alpha", "alhpa", 1),
            ("alpha", "alph", 1), ("alpha", "alphas", 1), ("alpha", "olpha", 1), ("port", "prot", 1),
            ("kitten", "sitting", 3), ("ca", "abc", 3),
        ])
    func distances(left: String, right: String, distance: Int) {
        #expect(NearestName.distance(Array(left.utf8), Array(right.utf8)) == distance)
        #expect(NearestName.distance(Array(right.utf8), Array(left.utf8)) == distance)
    }

    @Test(
        "suggestions",
        arguments: [
            ("alhpa", "alpha"), ("Alpha", "alpha"), ("stale-after", "stale_after"), ("warn", "warning"),
            ("historylength", "history_length"), ("prt", "port"), ("zzz", nil), ("", nil), ("p", nil),
            (String(repeating: "a", count: 65), nil),
        ] as [(String, String?)])
    func suggestions(typed: String, wanted: String?) {
        let names = ["alpha", "stale_after", "warning", "history_length", "port", "host"]
        #expect(NearestName.best(for: typed, among: names) == wanted)
    }
}
