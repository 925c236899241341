import Events

/// What a serial port may be, and why.
package struct SerialMatch: Hashable, Sendable, CustomStringConvertible {
    package let device: DeviceFamily
    /// The name of one of the device's forms.
    package let form: String
    package let baudRate: Int
    let evidence: SerialEvidence
    /// Whether such devices are built for this speed. USB alone does not care about speeds.
    let isUsualRate: Bool
    /// What was listened to.
    package let byteCount: Int

    /// From 0 to 1.
    package var confidence: Double { evidence.confidence }

    /// Whether that is enough to speak to the port as to this device.
    var isSure: Bool {
        evidence.hits >= SerialSniffer.minimumHits && confidence >= SerialSniffer.minimumConfidence
    }

    package var description: String {
        let share = Int((evidence.explained * 100).rounded())
        let hits = evidence.hits == 1 ? "1 time" : "\(evidence.hits) times"
        return "\(device.rawValue) \(form), understood \(hits) in \(byteCount) bytes at \(baudRate) baud, "
            + "which explains \(share) % of them"
    }
}

/// The answer to the question what a serial port is.
package enum SerialIdentification: Hashable, Sendable {
    case recognised(SerialMatch)
    /// In words that can be shown to a person.
    case unsure(because: String)

    /// Judges what the same port said at several speeds.
    package init(_ sniffers: [SerialSniffer]) {
        let findings = sniffers.flatMap(\.matches)
        let sure = findings.filter(\.isSure).sorted { left, right in
            if left.evidence.hits != right.evidence.hits { return left.evidence.hits > right.evidence.hits }
            return left.isUsualRate && !right.isUsualRate
        }
        if let best = sure.first {
            if let rival = sure.first(where: { $0.device != best.device || $0.form != best.form }) {
                self = .unsure(because: "it may be \(best), and it may be \(rival)")
            } else {
                self = .recognised(best)
            }
        } else if let nearest = findings.max(by: { $0.confidence < $1.confidence }) {
            self = .unsure(because: "too little speaks for the likeliest: \(nearest)")
        } else if sniffers.allSatisfy({ $0.byteCount == 0 }) {
            self = .unsure(because: "the port says nothing")
        } else {
            let bytes = sniffers.map { "\($0.byteCount) bytes at \($0.baudRate) baud" }.joined(separator: ", ")
            self = .unsure(because: "no decoder understands any of it: \(bytes)")
        }
    }
}
