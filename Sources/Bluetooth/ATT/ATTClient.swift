import Clocks

/// The client's side of one ATT channel: one request at a time, each with thirty seconds to be answered, and an answer to
/// whatever the server asks.
///
/// A value without any I/O. Packets that have come go into `receive`, packets to be sent come out of `nextPacket`, and
/// `advance` is called when `deadline` has come. The protocol gives its answers no numbers, so once an answer is overdue
/// nobody can tell to what the next one belongs: then the channel is dead, and must be closed.
package struct ATTClient: Sendable {
    /// Names a request until it is answered.
    package struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    package enum RequestError: Error, Hashable, Sendable {
        /// The device says no.
        case errorResponse(ATTErrorResponse)
        /// The device has answered with a packet that cannot be read.
        case malformed(ATTPacketError)
        /// Too much is waiting to be sent.
        case queueFull
        /// No answer within thirty seconds, or the link is gone.
        case closed
    }

    package typealias Answer = Result<ATTResponse, RequestError>

    /// What a packet came to.
    package enum Event: Hashable, Sendable {
        case answered(Ticket, Answer)
        case notified(ATTAttribute)
        case multipleNotified([ATTAttribute])
        /// It has been confirmed.
        case indicated(ATTAttribute)
        /// The server has asked something, and will be answered.
        case replied
        case rejected(ATTPacketError)
    }

    package static let minimumMTU: UInt16 = 23
    /// The longest value of an attribute is 512 bytes; this takes one in one packet.
    package static let maximumMTU: UInt16 = 517
    package static let responseTimeout = Nanoseconds.seconds(30)
    package static let capacity = 64
    /// A server asks one thing at a time; what it asks beyond this is left unanswered.
    package static let maximumReplies = 8

    /// The longest packet that both sides take.
    package private(set) var mtu = minimumMTU
    /// The longest packet that we take, which is what the server should be told.
    package let ownMTU: UInt16
    private var queue: [(ticket: Ticket, request: ATTRequest)] = []
    private var replies: [ATTReply] = []
    private var pending: (ticket: Ticket, request: ATTOpcode)?
    private var nextNumber: UInt64 = 0
    /// When the answer to the pending request is overdue.
    package private(set) var deadline: MonotonicTime?
    package private(set) var isClosed = false

    package init(ownMTU: UInt16 = maximumMTU) {
        self.ownMTU = max(Self.minimumMTU, min(Self.maximumMTU, ownMTU))
    }

    /// Queues a request or a command; they are sent in this order.
    @discardableResult
    package mutating func submit(_ request: ATTRequest) throws(RequestError) -> Ticket {
        guard !isClosed else { throw .closed }
        guard queue.count < Self.capacity else { throw .queueFull }
        let ticket = Ticket(number: nextNumber)
        nextNumber += 1
        queue.append((ticket, request))
        return ticket
    }

    /// What to send now. A request's patience begins when it is taken from here.
    package mutating func nextPacket(at now: MonotonicTime) -> [UInt8]? {
        guard !isClosed else { return nil }
        if !replies.isEmpty { return replies.removeFirst().bytes }
        guard let (ticket, request) = queue.first, pending == nil || !request.expectsResponse else { return nil }
        queue.removeFirst()
        if request.expectsResponse {
            pending = (ticket, request.opcode)
            deadline = now + Self.responseTimeout
        }
        return request.bytes
    }

    /// True once, when an answer is overdue: the channel is dead, and everything that waited has failed.
    package mutating func advance(to now: MonotonicTime) -> Bool {
        guard let deadline, now >= deadline else { return false }
        close()
        return true
    }

    /// The link is gone, or given up.
    package mutating func close() {
        isClosed = true
        (deadline, pending) = (nil, nil)
        queue.removeAll()
        replies.removeAll()
    }

    package mutating func receive(_ bytes: ArraySlice<UInt8>) -> Event {
        guard !isClosed else { return .rejected(ATTPacketError(.dead, opcode: bytes.first ?? 0)) }
        do throws(ATTPacketError) {
            return try handle(try ATTPacket(bytes))
        } catch {
            // An unreadable answer is an answer: there is no point in waiting for another one.
            guard let pending, error.opcode == pending.request.rawValue + 1, error.reason != .unsolicited else {
                return .rejected(error)
            }
            return finish(.failure(.malformed(error)), pending.ticket)
        }
    }
}

extension ATTClient {
    private mutating func handle(_ packet: ATTPacket) throws(ATTPacketError) -> Event {
        switch packet {
        case .response(let response):
            guard let pending, pending.request == response.request else {
                throw ATTPacketError(.unsolicited, opcode: response.request.rawValue + 1)
            }
            if case .mtu(let other) = response { negotiateMTU(with: other) }
            return finish(.success(response), pending.ticket)
        case .error(let error):
            guard let pending, pending.request.rawValue == error.request else {
                throw ATTPacketError(.unsolicited, opcode: ATTOpcode.errorResponse.rawValue)
            }
            return finish(.failure(.errorResponse(error)), pending.ticket)
        case .notification(let attribute): return .notified(attribute)
        case .notifications(let attributes): return .multipleNotified(attributes)
        case .indication(let attribute):
            try reply(.confirmation, to: .indication)
            return .indicated(attribute)
        case .mtuRequest(let other):
            try reply(.mtu(ownMTU), to: .exchangeMTURequest)
            negotiateMTU(with: other)
            return .replied
        case .request(let opcode):
            guard replies.count < Self.maximumReplies else { throw ATTPacketError(.flood, opcode: opcode) }
            replies.append(.error(ATTErrorResponse(request: opcode, handle: 0, code: .requestNotSupported)))
            return .replied
        }
    }

    private mutating func finish(_ answer: Answer, _ ticket: Ticket) -> Event {
        (pending, deadline) = (nil, nil)
        return .answered(ticket, answer)
    }

    private mutating func reply(_ answer: ATTReply, to opcode: ATTOpcode) throws(ATTPacketError) {
        guard replies.count < Self.maximumReplies else { throw ATTPacketError(.flood, opcode: opcode.rawValue) }
        replies.append(answer)
    }

    /// The shorter of what both take.
    private mutating func negotiateMTU(with other: UInt16) {
        mtu = max(Self.minimumMTU, min(ownMTU, other))
    }
}
