import Clocks
import Devices

/// The session of a pressure mat that sends its frames over a Nordic UART service: detects the model, then decodes
/// frames.
///
/// Many kinds of devices offer this service, so the session never writes to it, and ends if the bytes are not frames of
/// a mat.
package struct MatSession: DeviceSession {
    package enum Output: Hashable, Sendable {
        case sessionEvent(SessionEvent)
        /// The detected model. Frames follow.
        case recognised(KnownMat)
        case item(MatItem)
    }

    package var core = SessionCore(SetupPlan(mtu: 247, service: service, required: [notifyCharacteristic]))
    /// Kept across links; nil until detected.
    package private(set) var mat: KnownMat?
    private var detector: MatDetector?
    private var decoder: MatDecoder?
    private var lastReceived: MonotonicTime?
    /// When the link became usable, or the last frame was decoded.
    private var lastUsefulData: MonotonicTime?
    private var pauseDeadline: MonotonicTime?

    private static let service = BluetoothUUID(high: 0x6E40_0001_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    private static let notifyCharacteristic = BluetoothUUID(high: 0x6E40_0003_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    /// After this pause a frame is complete. Its parts arrive at the connection interval of 10 to 50 ms, and a lost
    /// packet is repeated.
    package static let pause = Nanoseconds.milliseconds(150)
    /// The slowest mat sends a frame every 0.6 s.
    package static let silenceTimeout = Nanoseconds.seconds(10)
    /// A mat is silent for about a minute after power-on while it calibrates.
    package static let initialSilenceTimeout = Nanoseconds.seconds(120)
    /// Three frames identify a mat. A device that sends data this long without a frame is not a mat, or another model
    /// than before.
    package static let recognitionTimeout = Nanoseconds.seconds(60)

    /// - Parameter mat: the model, if known.
    package init(mat: KnownMat? = nil) {
        self.mat = mat
        resetDecoder()
    }

    package static func output(_ event: SessionEvent) -> Output { .sessionEvent(event) }

    package var ownDeadline: MonotonicTime? {
        guard core.isReady else { return nil }
        return [silenceDeadline, recognitionDeadline, pauseDeadline].compactMap(\.self).min()
    }

    package mutating func handle(_ event: SessionCore.Event, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch event {
        case .sessionEvent: break
        case .ready: lastUsefulData = now
        case .value(_, let value):
            if lastReceived == nil { lastUsefulData = now }
            lastReceived = now
            pauseDeadline = now + Self.pause
            receive(value, at: now, emit)
        }
    }

    package mutating func performDueActions(at now: MonotonicTime, _ emit: (Output) -> Void) {
        guard core.isReady else { return }
        if let pauseDeadline, now >= pauseDeadline {
            self.pauseDeadline = nil
            decode(.pause, at: now, emit)
        }
        if let silenceDeadline, now >= silenceDeadline { return terminate(.silent, emit) }
        guard let recognitionDeadline, now >= recognitionDeadline else { return }
        guard mat != nil else { return terminate(.missing("a pressure mat's frames"), emit) }
        mat = nil
        lastUsefulData = now
        resetDecoder()
    }

    package mutating func linkDidClose(at now: MonotonicTime, _ emit: (Output) -> Void) {
        decode(.end, at: now, emit)
        (lastReceived, lastUsefulData, pauseDeadline) = (nil, nil, nil)
        resetDecoder()
    }
}

extension MatSession {
    private var silenceDeadline: MonotonicTime? {
        lastReceived.map { $0 + Self.silenceTimeout } ?? lastUsefulData.map { $0 + Self.initialSilenceTimeout }
    }

    private var recognitionDeadline: MonotonicTime? {
        lastReceived == nil ? nil : lastUsefulData.map { $0 + Self.recognitionTimeout }
    }

    private mutating func resetDecoder() {
        decoder = mat.map { MatDecoder($0) }
        detector = mat == nil ? MatDetector() : nil
    }

    private mutating func receive(_ bytes: ArraySlice<UInt8>, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch detector?.feed(bytes) {
        case nil: decode(.bytes(bytes), at: now, emit)
        case .needsMoreBytes: break
        case .recognised(let finding):
            mat = finding.mat
            emit(.recognised(finding.mat))
            decoder = MatDecoder(finding.mat)
            // These frames are in the past; they only synchronise the decoder.
            if let bytes = detector?.receivedBytes { decoder?.feed(bytes[...]) { _ in } }
            detector = nil
            lastUsefulData = now
        case .gaveUp: terminate(.missing("a pressure mat's frames"), emit)
        }
    }

    private enum Step {
        case bytes(ArraySlice<UInt8>)
        case pause
        case end
    }

    private mutating func decode(_ step: Step, at now: MonotonicTime, _ emit: (Output) -> Void) {
        var isUseful = false
        func handle(_ item: MatItem) {
            if case .frame = item { isUseful = true }
            emit(.item(item))
        }
        switch step {
        case .bytes(let bytes): decoder?.feed(bytes, handle)
        case .pause: decoder?.pause(handle)
        case .end: decoder?.finish(handle)
        }
        if isUseful { lastUsefulData = now }
    }
}
