import Clocks

/// Decodes the notifications of an AMG Commander; see `firmware-protocols/amg-commander`. One notification is one
/// packet, identified by its first byte together with its length.
///
/// A list of a multiple of nine shots has no end marker: call `flush` when no packet has arrived for `listTimeout`.
package struct AMGDecoder: DeviceDecoder {
    package private(set) var counters = DecoderCounters()
    private var list = AMGListAssembler()
    /// Shots of the latest string as reported by the timer; nil after a start, which still carries the old count.
    private var total: Int?

    /// The packets of one list arrive much faster than this.
    package static let listTimeout = Nanoseconds.milliseconds(300)

    package init() {}

    package var pendingByteCount: Int { list.byteCount }

    package mutating func feed(_ packet: ArraySlice<UInt8>, _ emit: (AMGReading) -> Void) {
        guard !packet.isEmpty else {
            return recordReject(DecoderReject(.length, "empty notification", byteCount: 0), emit)
        }
        let code = packet.byte(at: 0)
        if code == 1 {
            decodeStatus(packet, emit)
        } else if list.continues(with: code), Self.isListLength(packet) {
            decodeList(packet, emit)
        } else if AMGListAssembler.isCode(code) {
            guard Self.isListLength(packet) else {
                let detail = "list packet whose count does not match its length"
                return recordReject(DecoderReject(.length, detail, byteCount: packet.count), emit)
            }
            decodeList(packet, emit)
        } else if let text = AMGText(packet: packet) {
            accept(.text(text), packet.count, emit)
        } else {
            recordReject(DecoderReject(.unknown, "undocumented packet", byteCount: packet.count), emit)
        }
    }

    package mutating func flush(_ emit: (AMGReading) -> Void) {
        finish(list.finishAfterSilence(), emit)
    }

    private mutating func decodeStatus(_ packet: ArraySlice<UInt8>, _ emit: (AMGReading) -> Void) {
        switch packet.count {
        case AMGPush.length:
            let push = AMGPush(frame: packet)
            total = push.status.state == .started ? nil : push.status.total
            accept(.push(push), packet.count, emit)
        case AMGStatus.length:
            let screen = AMGStatus(frame: packet)
            total = screen.total
            accept(.screen(screen), packet.count, emit)
        default:
            let detail = "status packet with neither 14 nor 12 bytes"
            recordReject(DecoderReject(.length, detail, byteCount: packet.count), emit)
        }
    }

    private static func isListLength(_ packet: ArraySlice<UInt8>) -> Bool {
        guard packet.count >= 2 else { return false }
        let count = Int(packet.byte(at: 1))
        return count <= AMGListAssembler.timesPerPacket && packet.count == 2 + 2 * count
    }

    private mutating func decodeList(_ packet: ArraySlice<UInt8>, _ emit: (AMGReading) -> Void) {
        if AMGListAssembler.isFirst(packet.byte(at: 0)), let reject = list.abandon() { recordReject(reject, emit) }
        finish(list.append(packet, total: total), emit)
    }

    private mutating func finish(_ outcome: AMGListAssembler.Outcome, _ emit: (AMGReading) -> Void) {
        switch outcome {
        case .incomplete: break
        case .complete(let list, let byteCount): accept(.list(list), byteCount, emit)
        case .rejected(let reject): recordReject(reject, emit)
        }
    }

    private mutating func accept(_ reading: AMGReading, _ byteCount: Int, _ emit: (AMGReading) -> Void) {
        counters.accept(byteCount: byteCount)
        emit(reading)
    }

    private mutating func recordReject(_ reject: DecoderReject, _ emit: (AMGReading) -> Void) {
        counters.reject(reject)
        emit(.rejected(reject))
    }
}
