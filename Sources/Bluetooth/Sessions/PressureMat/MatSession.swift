import Clocks
import Devices

/// A session with a pressure mat that sends its frames through a Nordic UART: which mat it is, and then frame after frame.
///
/// The service says nothing but "bytes", and anything may offer it. So nothing is written to the device, and if its bytes
/// are not those of a mat the session ends.
package struct MatSession: DeviceSession {
    package enum Output: Hashable, Sendable {
        case notice(SessionNotice)
        /// What it was recognised as. Frames follow.
        case recognised(KnownMat)
        case item(MatItem)
    }

    package var core = SessionCore(SetupPlan(mtu: 247, service: service, required: [notifying]))
    /// Outlives the link; nil until it is found out.
    package private(set) var mat: KnownMat?
    private var listener: MatListener?
    private var decoder: MatDecoder?
    private var lastHeard: MonotonicTime?
    /// When the link began to be of use, or a frame was understood last.
    private var lastUse: MonotonicTime?
    private var pauseEnd: MonotonicTime?

    private static let service = BluetoothUUID(high: 0x6E40_0001_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    private static let notifying = BluetoothUUID(high: 0x6E40_0003_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    /// A frame behind which nothing comes is complete. Its pieces come in the rhythm of the link, some 10 to 50 ms, and a
    /// lost packet comes again.
    package static let pause = Nanoseconds.milliseconds(150)
    /// The slowest mat sends a frame in 0.6 s.
    package static let greatestSilence = Nanoseconds.seconds(10)
    /// After being switched on it takes a minute to find out what rest is, and says nothing.
    package static let firstSilence = Nanoseconds.seconds(120)
    /// Three frames prove a mat. A device that has talked for so long without one is none, or has become another.
    package static let patience = Nanoseconds.seconds(60)

    /// - Parameter mat: if somebody knows.
    package init(mat: KnownMat? = nil) {
        self.mat = mat
        begin()
    }

    package static func output(_ notice: SessionNotice) -> Output { .notice(notice) }

    package var ownDeadline: MonotonicTime? {
        guard core.isReady else { return nil }
        return [silenceEnd, patienceEnd, pauseEnd].compactMap(\.self).min()
    }

    package mutating func handle(_ event: SessionCore.Event, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch event {
        case .notice: break
        case .ready: lastUse = now
        case .value(_, let value):
            if lastHeard == nil { lastUse = now }
            lastHeard = now
            pauseEnd = now + Self.pause
            take(value, at: now, emit)
        }
    }

    package mutating func act(at now: MonotonicTime, _ emit: (Output) -> Void) {
        guard core.isReady else { return }
        if let pauseEnd, now >= pauseEnd {
            self.pauseEnd = nil
            decode(.pause, at: now, emit)
        }
        if let silenceEnd, now >= silenceEnd { return end(.silent, emit) }
        guard let patienceEnd, now >= patienceEnd else { return }
        guard mat != nil else { return end(.missing("a pressure mat's frames"), emit) }
        mat = nil
        lastUse = now
        begin()
    }

    package mutating func linkLost(at now: MonotonicTime, _ emit: (Output) -> Void) {
        decode(.end, at: now, emit)
        (lastHeard, lastUse, pauseEnd) = (nil, nil, nil)
        begin()
    }
}

extension MatSession {
    private var silenceEnd: MonotonicTime? {
        lastHeard.map { $0 + Self.greatestSilence } ?? lastUse.map { $0 + Self.firstSilence }
    }

    private var patienceEnd: MonotonicTime? {
        lastHeard == nil ? nil : lastUse.map { $0 + Self.patience }
    }

    private mutating func begin() {
        decoder = mat.map { MatDecoder($0) }
        listener = mat == nil ? MatListener() : nil
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, at now: MonotonicTime, _ emit: (Output) -> Void) {
        switch listener?.feed(bytes) {
        case nil: decode(.bytes(bytes), at: now, emit)
        case .listening: break
        case .recognised(let finding):
            mat = finding.mat
            emit(.recognised(finding.mat))
            decoder = MatDecoder(finding.mat)
            // Those frames are over; they only bring the decoder in step.
            if let heard = listener?.heard { decoder?.feed(heard[...]) { _ in } }
            listener = nil
            lastUse = now
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
        func take(_ item: MatItem) {
            if case .frame = item { isUseful = true }
            emit(.item(item))
        }
        switch step {
        case .bytes(let bytes): decoder?.feed(bytes, take)
        case .pause: decoder?.pause(take)
        case .end: decoder?.finish(take)
        }
        if isUseful { lastUse = now }
    }

    private mutating func end(_ end: SessionEnd, _ emit: (Output) -> Void) {
        for case .notice(let notice) in core.giveUp(end) { emit(.notice(notice)) }
    }
}
