import Events

/// How well a decoder explains what a port says.
struct SerialEvidence: Hashable, Sendable {
    /// What was understood, one behind the other: frames, or lines that mean something.
    var hits = 0
    /// How much of what came belongs to them, from 0 to 1.
    var explained = 0.0

    /// From 0 to 1: hits that come by chance rarely come again, and chance leaves most of the bytes unexplained.
    var confidence: Double {
        var doubt = 1.0
        for _ in 0..<min(hits, 50) { doubt /= 2 }
        return explained * (1 - doubt)
    }
}

/// A decoder on trial.
protocol SerialProbe: Sendable {
    mutating func feed(_ bytes: ArraySlice<UInt8>)
    var evidence: SerialEvidence { get }
}

/// A device that may be at the other end of a port.
struct SerialCandidate: Sendable {
    let device: DeviceFamily
    let form: String
    let baudRates: [Int]
    let makeProbe: @Sendable () -> any SerialProbe

    static let mats: [SerialCandidate] = KnownMat.all.map { mat in
        SerialCandidate(device: .pressureMat, form: mat.name, baudRates: mat.baudRates) { MatProbe(mat) }
    }

    static let all: [SerialCandidate] =
        mats + [
            SerialCandidate(device: .esp32Heart, form: "serial", baudRates: [115_200]) { HeartProbe() }
        ]
}

/// A pressure mat on trial.
private struct MatProbe: SerialProbe {
    private var decoder: MatDecoder
    private var frames = 0
    private var fedBytes = 0

    /// Lines with a few numbers are everywhere; nobody builds a mat of them.
    private static let minimumCells = 16

    init(_ mat: KnownMat) {
        decoder = MatDecoder(mat)
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>) {
        fedBytes += bytes.count
        var frames = 0
        decoder.feed(bytes) { item in
            if case .frame(let frame) = item, frame.cells.count >= Self.minimumCells { frames += 1 }
        }
        self.frames += frames
    }

    var evidence: SerialEvidence {
        guard frames > 0 else { return SerialEvidence() }
        let tally = decoder.counters
        let accepted = Double(tally.acceptedBytes)
        // A frame that was under way when we came, and one that is still coming in, are nobody's fault.
        let excusable = 2.5 * accepted / Double(max(1, tally.frames))
        return SerialEvidence(
            hits: frames, explained: accepted / (accepted + max(0, Double(fedBytes) - accepted - excusable)))
    }
}

/// A heart board on trial.
private struct HeartProbe: SerialProbe {
    private var decoder = HeartSerialDecoder()
    private var items: [HeartSerialItem] = []
    private var hits = 0
    private var rejects = 0

    /// What the chip says before its firmware begins.
    private static let excusableLines = 16

    mutating func feed(_ bytes: ArraySlice<UInt8>) {
        decoder.feed(bytes, into: &items)
        for item in items {
            if case .rejected = item { rejects += 1 } else { hits += 1 }
        }
        items.removeAll(keepingCapacity: true)
    }

    var evidence: SerialEvidence {
        guard hits > 0 else { return SerialEvidence() }
        let others = rejects + max(0, decoder.ignoredLines - Self.excusableLines)
        return SerialEvidence(hits: hits, explained: Double(hits) / Double(hits + others))
    }
}
