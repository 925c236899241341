/// Finds out which mat speaks: listens until one form, and only one, explains what it hears.
package struct MatDetector: Sendable {
    package struct Match: Sendable {
        package let mat: KnownMat
        /// From 0 to 1.
        package let confidence: Double
    }

    package enum Step: Sendable {
        /// Too little has come to tell.
        case needsMoreBytes
        case recognised(Match)
        /// So much has come that nothing more will be learnt from more of it.
        case gaveUp
    }

    private var sniffer = SerialSniffer(baudRate: 0, candidates: SerialCandidate.mats)
    /// All of it, so that whoever decodes the mat can begin where it began.
    package private(set) var receivedBytes: [UInt8] = []

    package init() {}

    /// Takes a piece of at most a few thousand bytes: what comes behind the last one that counts is not looked at.
    package mutating func feed(_ bytes: ArraySlice<UInt8>) -> Step {
        sniffer.feed(bytes)
        receivedBytes += bytes
        if case .recognised(let finding) = SerialIdentification([sniffer]), let mat = KnownMat.named(finding.form) {
            return .recognised(Match(mat: mat, confidence: finding.confidence))
        }
        return sniffer.acceptsMoreBytes ? .needsMoreBytes : .gaveUp
    }
}
