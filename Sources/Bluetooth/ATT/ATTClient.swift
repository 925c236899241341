import Clocks

/// The client side of one ATT channel: sends one request at a time, waits up to 30 s for its response, and replies to
/// requests of the server.
///
/// A value without I/O: received packets go into `receive`, packets to send come out of `nextPacket`, and `advance` is
/// called at `deadline`. ATT responses carry no identifiers, so after a timeout no later response can be matched to its
/// request: the channel is closed.
package struct ATTClient: Sendable {
    /// Identifies a request until it completes.
    package struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    package enum RequestError: Error, Hashable, Sendable {
        /// The device responded with an error.
        case errorResponse(ATTErrorResponse)
        /// The device responded with an invalid packet.
        case malformed(ATTPacketError)
        case queueFull
        /// The response timed out, or the link is down.
        case closed
    }

    package typealias Answer = Result<ATTResponse, RequestError>

    /// The result of a received packet.
    package enum Event: Hashable, Sendable {
        case answered(Ticket, Answer)
        case notified(ATTAttribute)
        case multipleNotified([ATTAttribute])
        /// Already confirmed.
        case indicated(ATTAttribute)
        /// The server sent a request; the reply is queued.
        case replied
        case rejected(ATTPacketError)
    }

    package static let minimumMTU: UInt16 = 23
    /// An attribute value has at most 512 bytes, so this length fits one into one packet.
    package static let maximumMTU: UInt16 = 517
    package static let responseTimeout = Nanoseconds.seconds(30)
    package static let capacity = 64
    /// A server sends one request at a time. Requests beyond this limit are not answered.
    package static let maximumReplies = 8

    /// The longest packet that both sides accept.
    package private(set) var mtu = minimumMTU
    /// The longest packet that this side accepts, sent in the MTU exchange.
    package let ownMTU: UInt16
    private var queue: [(ticket: Ticket, request: ATTRequest)] = []
    private var replies: [ATTReply] = []
    private var pending: (ticket: Ticket, request: ATTOpcode)?
    private var nextNumber: UInt64 = 0
    /// When the pending request times out.
    package private(set) var deadline: MonotonicTime?
    package private(set) var isClosed = false

    package init(ownMTU: UInt16 = maximumMTU) {
        self.ownMTU = max(Self.minimumMTU, min(Self.maximumMTU, ownMTU))
    }

    /// Queues a request or a command. They are sent in order.
    @discardableResult
    package mutating func submit(_ request: ATTRequest) throws(RequestError) -> Ticket {
        guard !isClosed else { throw .closed }
        guard queue.count < Self.capacity else { throw .queueFull }
        let ticket = Ticket(number: nextNumber)
        nextNumber += 1
        queue.append((ticket, request))
        return ticket
    }

    /// The next packet to send. The timeout of a request starts here.
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

    /// Returns true once, when the pending request has timed out: the channel is closed and all queued requests have
    /// failed.
    package mutating func advance(to now: MonotonicTime) -> Bool {
        guard let deadline, now >= deadline else { return false }
        close()
        return true
    }

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
            // An invalid response still ends its request: no other response will come.
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

    /// The smaller of both limits.
    private mutating func negotiateMTU(with other: UInt16) {
        mtu = max(Self.minimumMTU, min(ownMTU, other))
    }
}
