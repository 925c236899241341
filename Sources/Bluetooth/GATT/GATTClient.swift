import Clocks

/// The client side of a device's attributes: runs operations one at a time over an ATT channel.
///
/// A value without I/O, driven like its `ATTClient`. Indications are confirmed and requests of the device answered
/// before their events are emitted.
package struct GATTClient: Sendable {
    /// Identifies an operation until it finishes.
    package struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    package enum Event: Hashable, Sendable {
        case finished(Ticket, Result<GATTOutcome, GATTError>)
        case value(UInt16, ArraySlice<UInt8>)
        case rejected(ATTPacketError)
        /// A response timed out: all operations have failed, and the link must be closed.
        case timedOut
    }

    private struct Job {
        let ticket: Ticket
        var procedure: any GATTProcedure
    }

    package static let capacity = 64

    private var att: ATTClient
    private var running: (job: Job, request: ATTClient.Ticket)?
    private var waiting: [Job] = []
    private var nextNumber: UInt64 = 0

    package init(ownMTU: UInt16 = ATTClient.maximumMTU) {
        att = ATTClient(ownMTU: ownMTU)
    }

    /// The longest packet of the link. A notified or written value is at most three bytes shorter.
    package var mtu: Int { Int(att.mtu) }
    package var deadline: MonotonicTime? { att.deadline }
    package var isClosed: Bool { att.isClosed }

    /// Queues an operation. Returns nil for a write without response, which never finishes.
    @discardableResult
    package mutating func start(_ operation: GATTOperation) throws(GATTError) -> Ticket? {
        guard !att.isClosed else { throw .att(.closed) }
        guard waiting.count < Self.capacity else { throw .queueFull }
        let procedure: any GATTProcedure
        switch operation {
        case .exchangeMTU: procedure = GATTSingleRequest(request: .exchangeMTU(att.ownMTU))
        case .discover: procedure = GATTDiscovery()
        case .read(let handle): procedure = GATTRead(handle: handle)
        case .write(let handle, let value):
            procedure = GATTSingleRequest(request: .write(handle, try validated(value)))
        case .writeWithoutResponse(let handle, let value):
            let command = ATTRequest.writeCommand(handle, try validated(value))
            do throws(ATTClient.RequestError) { try att.submit(command) } catch { throw .att(error) }
            return nil
        case .subscribe(let characteristic): procedure = try Self.subscription(to: characteristic)
        }
        let ticket = Ticket(number: nextNumber)
        nextNumber += 1
        waiting.append(Job(ticket: ticket, procedure: procedure))
        return ticket
    }

    /// The next packet to send. Call until it returns nil.
    package mutating func nextPacket(at now: MonotonicTime, _ emit: (Event) -> Void) -> [UInt8]? {
        if running == nil, !att.isClosed, !waiting.isEmpty { proceed(waiting.removeFirst(), after: nil, emit) }
        return att.nextPacket(at: now)
    }

    package mutating func receive(_ bytes: ArraySlice<UInt8>, _ emit: (Event) -> Void) {
        switch att.receive(bytes) {
        case .answered(let ticket, let answer):
            guard let (job, request) = running, request == ticket else { return }
            running = nil
            proceed(job, after: answer, emit)
        case .notified(let attribute), .indicated(let attribute): emit(.value(attribute.handle, attribute.value))
        case .multipleNotified(let attributes): for each in attributes { emit(.value(each.handle, each.value)) }
        case .replied: break
        case .rejected(let error): emit(.rejected(error))
        }
    }

    package mutating func advance(to now: MonotonicTime, _ emit: (Event) -> Void) {
        guard att.advance(to: now) else { return }
        failAll(emit)
        emit(.timedOut)
    }

    /// The link is down: all operations fail.
    package mutating func close(_ emit: (Event) -> Void) {
        att.close()
        failAll(emit)
    }
}

extension GATTClient {
    private func validated(_ value: [UInt8]) throws(GATTError) -> [UInt8] {
        guard value.count <= mtu - 3 else { throw .valueTooLong(limit: mtu - 3) }
        return value
    }

    private static func subscription(to characteristic: GATTCharacteristic) throws(GATTError) -> GATTSingleRequest {
        let notifies = characteristic.properties.contains(.notify)
        guard notifies || characteristic.properties.contains(.indicate),
            let configuration = characteristic.configuration
        else { throw .notificationsUnsupported }
        return GATTSingleRequest(request: .write(configuration, [notifies ? 1 : 2, 0]))
    }

    /// Runs operations until one has a request to send.
    private mutating func proceed(_ first: Job, after answer: ATTClient.Answer?, _ emit: (Event) -> Void) {
        var (job, answer) = (first, answer)
        while true {
            switch job.procedure.next(after: answer, mtu: mtu) {
            case .request(let request):
                do throws(ATTClient.RequestError) {
                    running = (job, try att.submit(request))
                    return
                } catch {
                    emit(.finished(job.ticket, .failure(.att(error))))
                }
            case .finish(let result): emit(.finished(job.ticket, result))
            }
            guard !waiting.isEmpty else { return }
            (job, answer) = (waiting.removeFirst(), nil)
        }
    }

    private mutating func failAll(_ emit: (Event) -> Void) {
        let jobs = (running.map { [$0.job] } ?? []) + waiting
        running = nil
        waiting.removeAll()
        for job in jobs { emit(.finished(job.ticket, .failure(.att(.closed)))) }
    }
}
