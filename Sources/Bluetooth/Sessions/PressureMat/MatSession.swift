import Clocks
import Devices

/// A session with a pressure mat that sends its frames through a Nordic UART: which mat it is, and then frame after frame.
///
/// The service says nothing but "bytes", and anything may offer it. So nothing is written to the device, and if its bytes
/// are not those of a mat the session ends.
package struct MatSession: DeviceSession {
    package enum Output: Hashable, Sendable {
        case sessionEvent(SessionEvent)
        /// What it was recognised as. Frames follow.
        case recognised(KnownMat)
        case item(MatItem)
    }

    package var core = SessionCore(SetupPlan(mtu: 247, service: service, required: [notifyCharacteristic]))
    /// Outlives the link; nil until it is found out.
    package private(set) var mat: KnownMat?
    private var detector: MatDetector?
    private var decoder: MatDecoder?
    private var lastReceived: MonotonicTime?
    /// When the link began to be of use, or a frame was understood last.
    private var lastUsefulData: MonotonicTime?
    private var pauseDeadline: MonotonicTime?

    private static let service = BluetoothUUID(high: 0x6E40_0001_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    private static let notifyCharacteristic = BluetoothUUID(high: 0x6E40_0003_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    /// A frame behind which nothing comes is complete. Its pieces come in the rhythm of the link, some 10 to 50 ms, and a
    /// lost packet comes again.
    package static let pause = Nanoseconds.milliseconds(150)
    /// The slowest mat sends a frame in 0.6 s.
    package static let silenceTimeout = Nanoseconds.seconds(10)
    /// After being switched on it takes a minute to find out what rest is, and says nothing.
    package static let initialSilenceTimeout = Nanoseconds.seconds(120)
    /// Three frames prove a mat. A device that has talked for so long without one is none, or has become another.
    package static let recognitionTimeout = Nanoseconds.seconds(60)

    /// - Parameter mat: if somebody knows.
    package init(mat: KnownMat? = nil) {
        self.mat = mat
        resetDecoder()
    }

    package static func output(_ notice: SessionEvent) -> Output { .sessionEvent(notice) }

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
        if let silenceDeadline, now >= silenceDeadline { return end(.silent, emit) }
        guard let recognitionDeadline, now >= recognitionDeadline else { return }
        guard mat != nil else { return end(.missing("a pressure mat's frames"), emit) }
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
            // Those frames are over; they only bring the decoder in step.
            if let heard = detector?.receivedBytes { decoder?.feed(heard[...]) { _ in } }
            detector = nil
            lastUsefulData = now
        case .gaveUp: end(.missing("a pressure mat's frames"), emit)
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

    private mutating func end(_ end: SessionEndReason, _ emit: (Output) -> Void) {
        for case .sessionEvent(let notice) in core.terminate(end) { emit(.sessionEvent(notice)) }
    }
}
