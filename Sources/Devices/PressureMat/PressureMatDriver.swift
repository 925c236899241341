import Events
import JSON

extension DeviceFamily {
    package static let pressureMat = DeviceFamily(rawValue: "pressure-mat")
}

/// Pressure mats and insoles, at a serial port or over Bluetooth.
package struct PressureMatDriver: DeviceDriver {
    package let family = DeviceFamily.pressureMat
    package let role = DeviceRoleKind.mat

    /// A Nordic UART is generic: only together with a known name does it identify a mat.
    package let bluetoothRules: [BluetoothRule] = [
        .init(
            .pressureMat, .certain, "its name begins with PressureGrid and it has the mats' service",
            name: "PRESSUREGRID", service: .nordicUART),
        .init(.pressureMat, .likely, "its name begins with PressureGrid", name: "PRESSUREGRID"),
        .init(
            .pressureMat, .likely, "it has the name and service of the insole firmware", name: "BLE_TEST",
            service: .nordicUART),
        .init(.pressureMat, .possible, "it has the name of the insole firmware", name: "BLE_TEST"),
    ]

    package var serialCandidates: [SerialCandidate] { Self.serialCandidates }

    static let serialCandidates: [SerialCandidate] = KnownMat.all.map { mat in
        SerialCandidate(.pressureMat, mat.name, baudRates: mat.baudRates) { Probe(mat) }
    }

    package var simulation: SimulationProfile {
        var profile = SimulationProfile(
            "Simulate a pressure mat at its serial port.", script: SimulationProfile.faultScript("half-frame"),
            example: ("--form jq-32x32 --pty", "serves a serial port for other programs"))
        profile.variants = KnownMat.all.map(\.name)
        profile.serialPort = .always
        return profile
    }

    package let variants: [DecoderVariant] =
        [
            DecoderVariant(.pressureMat, "any", "detects which of these it is", .stream) { AnyMatDecoder() }
        ]
        + KnownMat.all.map { mat in
            DecoderVariant(.pressureMat, mat.name, mat.summary, .stream) { Decoder(decoder: MatDecoder(mat)) }
        }

    private struct Decoder: LoggingDecoder {
        var decoder: MatDecoder

        mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
            decoder.feed(bytes) { log.item($0) }
        }

        mutating func finish(into log: inout ReadingLog) {
            decoder.finish { log.item($0) }
        }
    }
}

extension ReadingLog {
    package mutating func item(_ item: MatItem) {
        switch item {
        case .frame(let frame): self.frame(frame)
        case .rejected(let reject): self.reject(reject)
        }
    }

    private mutating func frame(_ frame: MatReading) {
        reading("pressure") { writer in
            if let number = frame.frame { writer.member("frame", number) }
            if let time = frame.time { writer.member("time_us", time.count / 1_000) }
            writer.member("rows", frame.rows)
            writer.member("columns", frame.columns)
            writer.key("cells")
            writer.beginArray()
            for cell in frame.cells {
                // No mat is more precise than 0.01 %.
                let hundredths = Int((cell * 100).rounded())
                if hundredths % 100 == 0 {
                    writer.integer(hundredths / 100)
                } else {
                    writer.number(cell, decimals: 2)
                }
            }
            writer.endArray()
        }
    }
}

extension PressureMatDriver {
    fileprivate struct Probe: SerialProbe {
        private var decoder: MatDecoder
        private var evaluation = Evaluation()
        /// The bytes at the end of a frame, and the latest bytes.
        private let mark: [UInt8]
        private var latest: [UInt8] = []

        init(_ mat: KnownMat) {
            decoder = MatDecoder(mat)
            mark =
                switch mat.encoding {
                case .framed(let layout), .halves(let layout): layout.trailer
                case .runLength: [RunLengthMatDecoder.end]
                case .text: [UInt8(ascii: "\n")]
                }
        }

        mutating func feed(_ bytes: ArraySlice<UInt8>) {
            evaluation.fedBytes += bytes.count
            latest.append(contentsOf: bytes.suffix(mark.count))
            latest.removeFirst(max(0, latest.count - mark.count))
            decoder.feed(bytes) { evaluation.add($0) }
        }

        mutating func finish() {
            decoder.finish { evaluation.add($0) }
            if !mark.isEmpty, latest == mark { evaluation.endGap() }
        }

        var evidence: SerialEvidence {
            guard evaluation.frames > 0 else { return SerialEvidence() }
            let accepted = Double(decoder.counters.acceptedBytes)
            let frameLength = accepted / Double(max(1, decoder.counters.frames))
            // A partial first frame and an incomplete last one do not count against the candidate.
            let others = max(0, Double(evaluation.fedBytes) - accepted - 2.5 * frameLength)
            return SerialEvidence(
                hits: evaluation.frames + evaluation.delimitedFrames(ofLength: frameLength),
                explained: accepted / (accepted + others))
        }
    }

    private struct Evaluation {
        var fedBytes = 0
        private(set) var frames = 0
        private var rejectedBytes = 0
        /// The rejected bytes before each frame, where there are any; the latest few.
        private var gaps: [Int] = []

        /// Lines with a few numbers are common; no mat is that small.
        private static let minimumCells = 16
        private static let maximumGaps = 8

        mutating func add(_ item: MatItem) {
            switch item {
            case .rejected(let reject): rejectedBytes += reject.byteCount
            case .frame(let frame):
                if frame.cells.count >= Self.minimumCells { frames += 1 }
                endGap()
            }
        }

        mutating func endGap() {
            guard rejectedBytes > 0 else { return }
            if gaps.count == Self.maximumGaps { gaps.removeFirst() }
            gaps.append(rejectedBytes)
            rejectedBytes = 0
        }

        /// A frame that lost its end takes the whole one behind it along, because it is unknown where that begins. Where
        /// it ends is known: that counts as well.
        func delimitedFrames(ofLength length: Double) -> Int {
            gaps.count { (0.75 * length...2 * length).contains(Double($0)) }
        }
    }
}
