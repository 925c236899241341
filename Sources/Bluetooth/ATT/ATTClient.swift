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

    package enum Failure: Error, Hashable, Sendable {
        /// The device says no.
        case refused(ATTErrorResponse)
        /// The device has answered with a packet that cannot be read.
        case malformed(ATTRefusal)
        /// Too much is waiting to be sent.
        case queueFull
        /// No answer within thirty seconds, or the link is gone.
        case dead
    }

    package typealias Answer = Result<ATTResponse, Failure>

    /// What a packet came to.
    package enum Event: Hashable, Sendable {
        case answered(Ticket, Answer)
        case notified(ATTAttribute)
        case notifiedTogether([ATTAttribute])
        /// It has been confirmed.
        case indicated(ATTAttribute)
        /// The server has asked something, and will be answered.
        case served
        case refused(ATTRefusal)
    }

    package static let smallestMTU: UInt16 = 23
    /// The longest value of an attribute is 512 bytes; this takes one in one packet.
    package static let greatestMTU: UInt16 = 517
    package static let patience = Nanoseconds.seconds(30)
    package static let capacity = 64
    /// A server asks one thing at a time; what it asks beyond this is left unanswered.
    package static let mostAnswers = 8

    /// The longest packet that both sides take.
    package private(set) var mtu = smallestMTU
    /// The longest packet that we take, which is what the server should be told.
    package let ownMTU: UInt16
    private var queue: [(ticket: Ticket, request: ATTRequest)] = []
    private var answers: [ATTAnswerToServer] = []
    private var pending: (ticket: Ticket, request: ATTOpcode)?
    private var nextNumber: UInt64 = 0
    /// When the answer to the pending request is overdue.
    package private(set) var deadline: MonotonicTime?
    package private(set) var isDead = false

    package init(ownMTU: UInt16 = greatestMTU) {
        self.ownMTU = max(Self.smallestMTU, min(Self.greatestMTU, ownMTU))
    }

    /// Queues a request or a command; they are sent in this order.
    @discardableResult
    package mutating func submit(_ request: ATTRequest) throws(Failure) -> Ticket {
        guard !isDead else { throw .dead }
        guard queue.count < Self.capacity else { throw .queueFull }
        let ticket = Ticket(number: nextNumber)
        nextNumber += 1
        queue.append((ticket, request))
        return ticket
    }

    /// What to send now. A request's patience begins when it is taken from here.
    package mutating func nextPacket(at now: MonotonicTime) -> [UInt8]? {
        guard !isDead else { return nil }
        if !answers.isEmpty { return answers.removeFirst().bytes }
        guard let (ticket, request) = queue.first, pending == nil || !request.isAnswered else { return nil }
        queue.removeFirst()
        if request.isAnswered {
            pending = (ticket, request.opcode)
            deadline = now + Self.patience
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
        isDead = true
        (deadline, pending) = (nil, nil)
        queue.removeAll()
        answers.removeAll()
    }

    package mutating func receive(_ bytes: ArraySlice<UInt8>) -> Event {
        guard !isDead else { return .refused(ATTRefusal(.dead, opcode: bytes.first ?? 0)) }
        do throws(ATTRefusal) {
            return try take(try ATTPacket(bytes))
        } catch {
            // An unreadable answer is an answer: there is no point in waiting for another one.
            guard let pending, error.opcode == pending.request.rawValue + 1, error.reason != .unsolicited else {
                return .refused(error)
            }
            return finish(.failure(.malformed(error)), pending.ticket)
        }
    }
}

extension ATTClient {
    private mutating func take(_ packet: ATTPacket) throws(ATTRefusal) -> Event {
        switch packet {
        case .response(let response):
            guard let pending, pending.request == response.request else {
                throw ATTRefusal(.unsolicited, opcode: response.request.rawValue + 1)
            }
            if case .mtu(let other) = response { agree(on: other) }
            return finish(.success(response), pending.ticket)
        case .error(let error):
            guard let pending, pending.request.rawValue == error.request else {
                throw ATTRefusal(.unsolicited, opcode: ATTOpcode.errorResponse.rawValue)
            }
            return finish(.failure(.refused(error)), pending.ticket)
        case .notification(let attribute): return .notified(attribute)
        case .notifications(let attributes): return .notifiedTogether(attributes)
        case .indication(let attribute):
            try answer(.confirmation, to: .indication)
            return .indicated(attribute)
        case .mtuRequest(let other):
            try answer(.mtu(ownMTU), to: .exchangeMTURequest)
            agree(on: other)
            return .served
        case .request(let opcode):
            guard answers.count < Self.mostAnswers else { throw ATTRefusal(.flood, opcode: opcode) }
            answers.append(.error(ATTErrorResponse(request: opcode, handle: 0, code: .requestNotSupported)))
            return .served
        }
    }

    private mutating func finish(_ answer: Answer, _ ticket: Ticket) -> Event {
        (pending, deadline) = (nil, nil)
        return .answered(ticket, answer)
    }

    private mutating func answer(_ answer: ATTAnswerToServer, to opcode: ATTOpcode) throws(ATTRefusal) {
        guard answers.count < Self.mostAnswers else { throw ATTRefusal(.flood, opcode: opcode.rawValue) }
        answers.append(answer)
    }

    /// The shorter of what both take.
    private mutating func agree(on other: UInt16) {
        mtu = max(Self.smallestMTU, min(ownMTU, other))
    }
}
