import Clocks

/// Commands to the kernel's management, one at a time, each with some time to be answered.
struct ManagementCommandQueue: Sendable {
    struct Command: Hashable, Sendable {
        let command: ManagementCommand
        let adapter: UInt16
    }

    enum Outcome: Hashable, Sendable {
        case completed(ManagementReply)
        case failed(ManagementStatus)
        /// The kernel gives a controller two seconds for each of its own commands; this is longer than any few of those.
        case timedOut
    }

    static let timeout = Nanoseconds.seconds(15)
    static let capacity = 64

    private var waiting: [Command] = []
    private var pending: Command?
    private(set) var deadline: MonotonicTime?

    /// What waits already waits once. Beyond its capacity the oldest is dropped: it has been asked for too long ago.
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

    /// What has become of the pending command, if this is about it.
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

    /// Nothing that was meant for this adapter has a meaning any more.
    mutating func removeAll(for adapter: UInt16) {
        waiting.removeAll { $0.adapter == adapter && $0.command.opcode.concernsAdapter }
        if let pending, pending.adapter == adapter, pending.command.opcode.concernsAdapter {
            (self.pending, deadline) = (nil, nil)
        }
    }
}

extension ManagementReply {
    /// To which command it is the answer; nil for those of others.
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
