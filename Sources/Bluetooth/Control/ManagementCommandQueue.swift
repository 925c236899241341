import Clocks
import Glibc
import Reactor

/// The queue of management commands. One command is pending at a time, with a timeout.
struct ManagementCommandQueue: Sendable {
    struct Command: Hashable, Sendable {
        let command: ManagementCommand
        let adapter: UInt16
    }

    enum Outcome: Hashable, Sendable {
        case completed(ManagementReply)
        case failed(ManagementStatus)
        /// The kernel allows a controller 2 s for each HCI command, and this timeout covers several of them.
        case timedOut
    }

    static let timeout = Nanoseconds.seconds(15)
    static let capacity = 64

    private var waiting: [Command] = []
    private var pending: Command?
    private(set) var deadline: MonotonicTime?

    /// Adds a command unless it is queued already. A full queue drops the oldest command.
    mutating func add(_ command: ManagementCommand, adapter: UInt16) {
        let entry = Command(command: command, adapter: adapter)
        guard !waiting.contains(entry) else { return }
        if waiting.count >= Self.capacity { waiting.removeFirst() }
        waiting.append(entry)
    }

    func contains(_ opcode: ManagementOpcode) -> Bool {
        pending?.command.opcode == opcode || waiting.contains { $0.command.opcode == opcode }
    }

    mutating func next(at now: MonotonicTime) -> [UInt8]? {
        guard pending == nil, !waiting.isEmpty else { return nil }
        let entry = waiting.removeFirst()
        pending = entry
        deadline = now + Self.timeout
        return entry.command.bytes(adapter: entry.adapter)
    }

    /// The outcome of the pending command, if the packet completes it.
    mutating func receive(_ packet: ManagementPacket) -> (Command, Outcome)? {
        guard let pending else { return nil }
        let outcome: Outcome
        switch packet.event {
        case .completed(let reply): outcome = .completed(reply)
        case .status(let number, let status):
            guard number == pending.command.opcode.rawValue else { return nil }
            outcome = .failed(status)
        default: return nil
        }
        if case .completed(let reply) = outcome, reply.opcode != pending.command.opcode { return nil }
        guard !pending.command.opcode.concernsAdapter || packet.adapter == pending.adapter else { return nil }
        (self.pending, deadline) = (nil, nil)
        return (pending, outcome)
    }

    mutating func advance(to now: MonotonicTime) -> Command? {
        guard let deadline, now >= deadline, let command = pending else { return nil }
        (pending, self.deadline) = (nil, nil)
        return command
    }

    /// Removes the commands for an adapter that has been removed.
    mutating func removeAll(for adapter: UInt16) {
        waiting.removeAll { $0.adapter == adapter && $0.command.opcode.concernsAdapter }
        if let pending, pending.adapter == adapter, pending.command.opcode.concernsAdapter {
            (self.pending, deadline) = (nil, nil)
        }
    }
}

extension ManagementReply {
    /// The command that this is the result of; nil for commands of other clients.
    var opcode: ManagementOpcode? {
        switch self {
        case .version: .readVersion
        case .adapters: .readIndexList
        case .info: .readInfo
        case .settings(let opcode, _), .done(let opcode): opcode
        case .connections: .readConnections
        case .signal: .readConnectionInfo
        case .other: nil
        }
    }
}

/// Sends management commands and blocks until each completes, for a program without an event loop.
@ReactorActor
package struct BlockingManagementClient {
    private let socket: any PacketSocket
    private let milliseconds: Int32

    /// - Parameter milliseconds: the timeout of one command.
    package init(_ socket: any PacketSocket, timeout milliseconds: Int32 = 2_000) {
        self.socket = socket
        self.milliseconds = milliseconds
    }

    /// All adapters with their information; nil for one that does not answer.
    package func adapters() throws(LinkError) -> [(number: UInt16, info: AdapterInfo?)] {
        guard case .adapters(let numbers)? = try request(.readIndexList, adapter: 0) else { return [] }
        var adapters: [(number: UInt16, info: AdapterInfo?)] = []
        for number in numbers.sorted() {
            guard case .info(let info)? = try request(.readInfo, adapter: number) else {
                adapters.append((number, nil))
                continue
            }
            adapters.append((number, info))
        }
        return adapters
    }

    private func request(_ command: ManagementCommand, adapter: UInt16) throws(LinkError) -> ManagementReply? {
        var queue = ManagementCommandQueue()
        queue.add(command, adapter: adapter)
        guard let bytes = queue.next(at: .init(nanoseconds: 0)) else { return nil }
        guard case .transferred = socket.send(bytes) else { throw LinkError(socket.pendingError(), at: .preparing) }
        var buffer = [UInt8](repeating: 0, count: ManagementSocket.maximumPacketLength)
        // Broadcast events arrive in between; the limit keeps a busy radio from blocking this loop.
        for _ in 0..<256 {
            var poller = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, milliseconds) > 0 else { return nil }
            guard case .transferred(let count) = socket.receive(into: &buffer) else { return nil }
            guard let packet = try? ManagementPacket(buffer[..<min(count, buffer.count)]),
                let (_, outcome) = queue.receive(packet)
            else { continue }
            if case .completed(let reply) = outcome { return reply }
            return nil
        }
        return nil
    }
}
