import Clocks

/// Reads what an AMG Commander notifies. One notification is one packet; `firmware-protocols/amg-commander` describes
/// them. A packet is known by its first byte and its length together.
///
/// A list of a multiple of nine shots has no end of its own: call `flush` when the timer has been silent for
/// `listSilence`.
package struct AMGDecoder: DeviceDecoder {
    package private(set) var tally = DecoderTally()
    private var list = AMGListAssembly()
    /// Shots of the latest string, as far as the timer has told; nil after a start, whose count is the old one.
    private var total: Int?

    /// Packets of one list follow each other much faster than this.
    package static let listSilence = Nanoseconds.milliseconds(300)

    package init() {}

    package var pendingByteCount: Int { list.byteCount }

    package mutating func feed(_ packet: ArraySlice<UInt8>, _ emit: (AMGReading) -> Void) {
        guard !packet.isEmpty else {
            return refuse(DecoderReject(.length, "an empty notification", byteCount: 0), emit)
        }
        let code = packet.byte(at: 0)
        if code == 1 {
            takeStatus(packet, emit)
        } else if list.continues(with: code), Self.isListLength(packet) {
            takeList(packet, emit)
        } else if AMGListAssembly.isCode(code) {
            guard Self.isListLength(packet) else {
                let detail = "a list packet's count does not fit its length"
                return refuse(DecoderReject(.length, detail, byteCount: packet.count), emit)
            }
            takeList(packet, emit)
        } else if let text = AMGText(packet: packet) {
            accept(.text(text), packet.count, emit)
        } else {
            refuse(DecoderReject(.unknown, "a packet that no document explains", byteCount: packet.count), emit)
        }
    }

    package mutating func flush(_ emit: (AMGReading) -> Void) {
        finish(list.silence(), emit)
    }

    private mutating func takeStatus(_ packet: ArraySlice<UInt8>, _ emit: (AMGReading) -> Void) {
        switch packet.count {
        case AMGPush.length:
            let push = AMGPush(frame: packet)
            total = push.state == .started ? nil : push.total
            accept(.push(push), packet.count, emit)
        case AMGScreen.length:
            let screen = AMGScreen(frame: packet)
            total = screen.total
            accept(.screen(screen), packet.count, emit)
        default:
            let detail = "a status packet has 14 bytes, or 12 when it was asked for"
            refuse(DecoderReject(.length, detail, byteCount: packet.count), emit)
        }
    }

    private static func isListLength(_ packet: ArraySlice<UInt8>) -> Bool {
        guard packet.count >= 2 else { return false }
        let count = Int(packet.byte(at: 1))
        return count <= AMGListAssembly.timesPerPacket && packet.count == 2 + 2 * count
    }

    private mutating func takeList(_ packet: ArraySlice<UInt8>, _ emit: (AMGReading) -> Void) {
        if AMGListAssembly.isFirst(packet.byte(at: 0)), let reject = list.abandon() { refuse(reject, emit) }
        finish(list.take(packet, total: total), emit)
    }

    private mutating func finish(_ outcome: AMGListAssembly.Outcome, _ emit: (AMGReading) -> Void) {
        switch outcome {
        case .incomplete: break
        case .complete(let list, let byteCount): accept(.list(list), byteCount, emit)
        case .refused(let reject): refuse(reject, emit)
        }
    }

    private mutating func accept(_ reading: AMGReading, _ byteCount: Int, _ emit: (AMGReading) -> Void) {
        tally.accept(byteCount: byteCount)
        emit(reading)
    }

    private mutating func refuse(_ reject: DecoderReject, _ emit: (AMGReading) -> Void) {
        tally.reject(reject)
        emit(.refused(reject))
    }
}
