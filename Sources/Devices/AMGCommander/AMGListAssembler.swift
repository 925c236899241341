import Clocks

/// Assembles a shot list from its packets.
///
///     CC nn  TT TT … TT TT
///
/// - CC: 10 for the first packet, 11 for the second, … 26 for the seventeenth (one vendor table counts in steps of ten,
///   which is accepted too)
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
    /// 1, or 10 in the vendor's other numbering; zero until the second packet decides.
    private var step: UInt8 = 0

    var isOpen: Bool { packetCount > 0 }

    /// Whether this code can belong to a list packet, first or later.
    static func isCode(_ code: UInt8) -> Bool {
        (firstCode..<firstCode + UInt8(maximumPacketCount)).contains(code)
    }

    static func isFirst(_ code: UInt8) -> Bool { code == firstCode }

    func continues(with code: UInt8) -> Bool {
        guard isOpen else { return false }
        if step > 0 { return code == lastCode &+ step }
        return code == Self.firstCode + 1 || code == Self.firstCode + 10
    }

    /// Appends a packet whose length matches its count. Call `abandon` before the first packet of another list.
    /// - Parameter total: the number of shots counted by the timer, if known.
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
                return .rejected(discard(.range, "list with decreasing times"))
            }
            times.append(time)
        }
        if count < Self.timesPerPacket { return finish(.shortPacket) }
        if times.count == total { return finish(.total) }
        if packetCount == Self.maximumPacketCount { return finish(.lastPacket) }
        return .incomplete
    }

    /// Ends the list because no further packet has arrived.
    mutating func finishAfterSilence() -> Outcome {
        isOpen ? finish(.silence) : .incomplete
    }

    /// Rejects an unfinished list because another one begins.
    mutating func abandon() -> DecoderReject? {
        isOpen ? discard(.truncated, "list interrupted by another list") : nil
    }

    private mutating func rejectGap(before packet: ArraySlice<UInt8>) -> DecoderReject {
        let detail = isOpen ? "list packet missing" : "first list packet missing"
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
