import Events

/// A device that matches the bytes of a serial port.
package struct SerialMatch: Hashable, Sendable, CustomStringConvertible {
    package let device: DeviceFamily
    /// The name of a decoder variant of the device.
    package let variant: String
    package let baudRate: Int
    let evidence: SerialEvidence
    /// Whether such devices use this baud rate. Native USB ignores baud rates.
    let isUsualRate: Bool
    /// The number of bytes examined.
    package let byteCount: Int

    /// From 0 to 1.
    package var confidence: Double { evidence.confidence }

    /// Whether that is enough to treat the port as this device.
    var isSure: Bool {
        evidence.hits >= SerialSniffer.minimumHits && confidence >= SerialSniffer.minimumConfidence
    }

    package var description: String {
        let share = Int((evidence.explained * 100).rounded())
        let hits = evidence.hits == 1 ? "1 time" : "\(evidence.hits) times"
        return "\(device.rawValue) \(variant), decoded \(hits) in \(byteCount) bytes at \(baudRate) baud, "
            + "explaining \(share) % of them"
    }
}

/// The result of identifying the device at a serial port.
package enum SerialIdentification: Hashable, Sendable {
    case recognised(SerialMatch)
    /// A sentence for display.
    case unsure(because: String)

    /// Evaluates what the same port sent at several baud rates.
    package init(_ sniffers: [SerialSniffer]) {
        let matches = sniffers.flatMap(\.matches)
        let sure = matches.filter(\.isSure).sorted { left, right in
            if left.evidence.hits != right.evidence.hits { return left.evidence.hits > right.evidence.hits }
            return left.isUsualRate && !right.isUsualRate
        }
        if let best = sure.first {
            if let rival = sure.first(where: { $0.device != best.device || $0.variant != best.variant }) {
                self = .unsure(because: "ambiguous: \(best), or \(rival)")
            } else {
                self = .recognised(best)
            }
        } else if let nearest = matches.max(by: { $0.confidence < $1.confidence }) {
            self = .unsure(because: "too little evidence for the best match: \(nearest)")
        } else if sniffers.allSatisfy({ $0.byteCount == 0 }) {
            self = .unsure(because: "no data received")
        } else {
            let bytes = sniffers.map { "\($0.byteCount) bytes at \($0.baudRate) baud" }.joined(separator: ", ")
            self = .unsure(because: "no decoder matches: \(bytes)")
        }
    }
}

/// Feeds the bytes of an unknown serial port at one baud rate to every decoder.
///
/// Nothing is written to the port, and bytes that no decoder explains stay unidentified.
package struct SerialSniffer: Sendable {
    package let baudRate: Int
    /// The number of bytes examined, at most `maximumByteCount`.
    package private(set) var byteCount = 0
    private let candidates: [SerialCandidate]
    private var probes: [any SerialProbe]

    /// Enough for three frames of the largest mat, and two minutes of the slowest.
    package static let maximumByteCount = 64 << 10
    /// The thresholds for recognising a device.
    static let minimumHits = 3
    static let minimumConfidence = 0.8

    package init(baudRate: Int) {
        self.init(baudRate: baudRate, candidates: DeviceDrivers.serialCandidates)
    }

    init(baudRate: Int, candidates: [SerialCandidate]) {
        self.baudRate = baudRate
        self.candidates = candidates
        probes = candidates.map { $0.makeProbe() }
    }

    /// Whether further bytes would be examined.
    package var acceptsMoreBytes: Bool { byteCount < Self.maximumByteCount }

    package mutating func feed(_ bytes: ArraySlice<UInt8>) {
        let accepted = bytes.prefix(Self.maximumByteCount - byteCount)
        byteCount += accepted.count
        for index in probes.indices { probes[index].feed(accepted) }
    }

    /// No more bytes will come: a last frame that waited for its successor counts.
    mutating func finish() {
        for index in probes.indices { probes[index].finish() }
    }

    /// Devices with any hits, most confident first.
    package var matches: [SerialMatch] {
        zip(candidates, probes).compactMap { candidate, probe in
            let evidence = probe.evidence
            guard evidence.hits > 0 else { return nil }
            return SerialMatch(
                device: candidate.device, variant: candidate.variant, baudRate: baudRate, evidence: evidence,
                isUsualRate: candidate.baudRates.contains(baudRate), byteCount: byteCount)
        }.sorted { $0.confidence > $1.confidence }
    }
}

/// How well a decoder explains the bytes of a port.
package struct SerialEvidence: Hashable, Sendable {
    /// The number of decoded frames or meaningful lines.
    var hits = 0
    /// The share of the bytes that belong to them, from 0 to 1.
    var explained = 0.0

    /// From 0 to 1. Chance hits rarely repeat, and leave most bytes unexplained.
    var confidence: Double {
        var doubt = 1.0
        for _ in 0..<min(hits, 50) { doubt /= 2 }
        return explained * (1 - doubt)
    }
}

/// A decoder under evaluation.
package protocol SerialProbe: Sendable {
    mutating func feed(_ bytes: ArraySlice<UInt8>)
    /// The stream has ended.
    mutating func finish()
    var evidence: SerialEvidence { get }
}

/// A device that may be connected to a port.
package struct SerialCandidate: Sendable {
    let device: DeviceFamily
    /// The name of its decoder variant.
    let variant: String
    let baudRates: [Int]
    let makeProbe: @Sendable () -> any SerialProbe

    init(
        _ device: DeviceFamily, _ variant: String, baudRates: [Int],
        probe makeProbe: @escaping @Sendable () -> any SerialProbe
    ) {
        self.device = device
        self.variant = variant
        self.baudRates = baudRates
        self.makeProbe = makeProbe
    }
}
