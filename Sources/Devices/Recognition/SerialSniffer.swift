/// Listens to what an unknown serial port says at one speed, and lets every decoder try it.
///
/// Nothing is written to the port, and nothing is guessed: what no decoder explains stays unknown.
package struct SerialSniffer: Sendable {
    package let baudRate: Int
    /// What was listened to, at most `mostBytes`.
    package private(set) var byteCount = 0
    private let candidates: [SerialCandidate]
    private var probes: [any SerialProbe]

    /// Enough for three frames of the greatest mat, and for two minutes of the slowest.
    package static let maximumByteCount = 64 << 10
    /// A device is recognised by no fewer frames, and with no less confidence.
    static let minimumHits = 3
    static let minimumConfidence = 0.8

    package init(baudRate: Int) {
        self.init(baudRate: baudRate, candidates: SerialCandidate.all)
    }

    init(baudRate: Int, candidates: [SerialCandidate]) {
        self.baudRate = baudRate
        self.candidates = candidates
        probes = candidates.map { $0.makeProbe() }
    }

    /// Whether more bytes would be listened to.
    package var acceptsMoreBytes: Bool { byteCount < Self.maximumByteCount }

    package mutating func feed(_ bytes: ArraySlice<UInt8>) {
        let heard = bytes.prefix(Self.maximumByteCount - byteCount)
        byteCount += heard.count
        for index in probes.indices { probes[index].feed(heard) }
    }

    /// Whoever has understood anything, the most confident first.
    package var matches: [SerialMatch] {
        zip(candidates, probes).compactMap { candidate, probe in
            let evidence = probe.evidence
            guard evidence.hits > 0 else { return nil }
            return SerialMatch(
                device: candidate.device, form: candidate.form, baudRate: baudRate, evidence: evidence,
                isUsualRate: candidate.baudRates.contains(baudRate), byteCount: byteCount)
        }.sorted { $0.confidence > $1.confidence }
    }
}
