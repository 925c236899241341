import Clocks

/// Puts the packets of a shot list together.
///
///     CC nn  TT TT … TT TT
///
/// - CC: 10 for the first packet, 11 for the second, … 26 for the seventeenth (one table of the vendor counts in tens
///   instead, so that is understood too)
/// - nn: how many times follow, at most nine · TT: time since the beep in centiseconds, high byte first
struct AMGListAssembler: Sendable {
    enum Outcome {
        case incomplete
        case complete(AMGShotList, byteCount: Int)
        case rejected(DecoderReject)
    }

    static let timesPerPacket = 9
    private static let firstCode: UInt8 = 10
    private static let maximumPacketCount = 17

    private(set) var byteCount = 0
    private var times: [Nanoseconds] = []
    private var packetCount = 0
    private var lastCode: UInt8 = 0
    /// 1, or 10 in the vendor's other counting; zero until the second packet has shown which.
    private var step: UInt8 = 0

    var isOpen: Bool { packetCount > 0 }

    /// Whether this code opens a list, or goes on with one whether that is open or not.
    static func isCode(_ code: UInt8) -> Bool {
        (firstCode..<firstCode + UInt8(maximumPacketCount)).contains(code)
    }

    static func isFirst(_ code: UInt8) -> Bool { code == firstCode }

    func continues(with code: UInt8) -> Bool {
        guard isOpen else { return false }
        if step > 0 { return code == lastCode &+ step }
        return code == Self.firstCode + 1 || code == Self.firstCode + 10
    }

    /// Takes a packet whose length fits its count. A first packet while a list is open needs an `abandon` before it.
    /// - Parameter total: how many shots the timer has counted, if it has said so.
    mutating func append(_ packet: ArraySlice<UInt8>, total: Int?) -> Outcome {
        let code = packet.byte(at: 0)
        guard isOpen ? continues(with: code) : Self.isFirst(code) else { return .rejected(rejectGap(before: packet)) }
        if isOpen { step = code &- lastCode }
        byteCount += packet.count
        packetCount += 1
        lastCode = code
        let count = (packet.count - 2) / 2
        for index in 0..<count {
            let time = Nanoseconds.centiseconds(packet.bigEndian16(at: 2 + 2 * index))
            if let last = times.last, time < last {
                return .rejected(discard(.range, "the times of a list must not fall"))
            }
            times.append(time)
        }
        if count < Self.timesPerPacket { return finish(.shortPacket) }
        if times.count == total { return finish(.total) }
        if packetCount == Self.maximumPacketCount { return finish(.lastPacket) }
        return .incomplete
    }

    /// Nothing more has come.
    mutating func finishAfterSilence() -> Outcome {
        isOpen ? finish(.silence) : .incomplete
    }

    /// Gives up what has been gathered, because another list begins.
    mutating func abandon() -> DecoderReject? {
        isOpen ? discard(.truncated, "another list began before this one ended") : nil
    }

    private mutating func rejectGap(before packet: ArraySlice<UInt8>) -> DecoderReject {
        let detail = isOpen ? "a packet of the list was lost" : "the beginning of the list was lost"
        byteCount += packet.count
        return discard(.truncated, detail)
    }

    private mutating func finish(_ end: AMGShotList.End) -> Outcome {
        let outcome = Outcome.complete(AMGShotList(times: times, end: end), byteCount: byteCount)
        self = Self()
        return outcome
    }

    private mutating func discard(_ reason: DecoderReject.Reason, _ detail: String) -> DecoderReject {
        let reject = DecoderReject(reason, detail, byteCount: byteCount)
        self = Self()
        return reject
    }
}
