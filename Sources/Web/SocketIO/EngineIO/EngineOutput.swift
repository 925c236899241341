/// What is sent to any number of clients and stays together: a text packet and the binary data that follows it. It is
/// encoded once.
package final class EngineOutput {
    struct Part {
        let kind: WebSocketMessage.Kind
        /// Text begins with the type of its packet.
        let bytes: [UInt8]
    }

    /// What happens to it if a client is too slow.
    package enum Delivery: Hashable, Sendable {
        /// It answers the client, whose further input waits until it is sent.
        case reply
        /// The session ends when the limit is reached.
        case event
        /// The oldest is dropped when the limit is reached.
        case telemetry
    }

    let parts: [Part]
    let delivery: Delivery
    let byteCount: Int
    /// How many bytes a queue that refers to it has counted, and where.
    private var countedBytes = 0
    private var use: MemoryUse?

    /// The WebSocket frames, when a client on a WebSocket needs them.
    private(set) lazy var frames: FrameBatch = {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount + parts.count * WebSocketFrame.maximumHeaderBytes)
        for part in parts { WebSocketFrame.append(part.kind.opcode, part.bytes, to: &bytes) }
        if delivery == .reply { return FrameBatch(direct: bytes) }
        let batch = FrameBatch()
        // One mark for all frames: they are dropped together or not at all.
        batch.append(mayBeDropped: delivery == .telemetry) { $0 = bytes }
        return batch
    }()

    private init(_ parts: [Part], _ delivery: Delivery) {
        self.parts = parts
        self.delivery = delivery
        byteCount = parts.reduce(0) { $0 + $1.bytes.count }
    }

    deinit {
        use?.add(-countedBytes)
    }

    /// - Parameter text: the text of a packet with its type, such as `4hello`.
    package convenience init(packet text: [UInt8], attachments: [ArraySlice<UInt8>] = [], _ delivery: Delivery) {
        let parts = [Part(kind: .text, bytes: text)] + attachments.map { Part(kind: .binary, bytes: Array($0)) }
        self.init(parts, delivery)
    }

    package convenience init(_ message: EngineMessage) {
        switch message.kind {
        case .text: self.init(packet: [UInt8(ascii: "4")] + message.bytes, .reply)
        case .binary: self.init([Part(kind: .binary, bytes: Array(message.bytes))], .reply)
        }
    }

    convenience init(packet text: StaticString) {
        self.init(packet: text.withUTF8Buffer { Array($0) }, .reply)
    }

    /// Counts the bytes, which a queue now refers to. They are counted once, however many queues that are.
    func count(in use: MemoryUse) {
        guard countedBytes == 0 else { return }
        self.use = use
        countedBytes = byteCount
        use.add(byteCount)
    }
}

/// What waits for the next poll of a client, in order and bounded: the oldest that may be dropped is dropped.
struct EngineQueue {
    private var outputs: [EngineOutput] = []
    private(set) var byteCount = 0
    let limit: Int

    /// What an output occupies besides its bytes.
    private static let overhead = 64

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { outputs.isEmpty }
    /// Whether so much waits that the client's further input waits, too.
    var isHalfFull: Bool { byteCount > limit / 2 }

    enum AppendResult: Hashable {
        case appended
        /// So many older outputs were dropped.
        case dropped(Int)
        /// The limit is exceeded, and nothing may be dropped.
        case full
    }

    mutating func append(_ output: EngineOutput) -> AppendResult {
        outputs.append(output)
        byteCount += Self.cost(of: output)
        guard byteCount > limit else { return .appended }
        // Frees a quarter at once, so that the queue is not searched for every further output.
        var dropped = 0
        var kept: [EngineOutput] = []
        for output in outputs {
            if output.delivery == .telemetry, byteCount > limit - limit / 4 {
                byteCount -= Self.cost(of: output)
                dropped += 1
            } else {
                kept.append(output)
            }
        }
        outputs = kept
        return byteCount > limit ? .full : .dropped(dropped)
    }

    /// How many packets one response holds: python-engineio rejects more.
    static let maximumPolled = 16

    /// Removes the first outputs for one response: as many as fit into `bytes`, and at least one.
    mutating func removePolled(atMost bytes: Int) -> [EngineOutput] {
        removeFirst(atMost: bytes, parts: Self.maximumPolled)
    }

    /// Removes the first outputs within both limits, and at least one.
    mutating func removeFirst(atMost bytes: Int = .max, parts maximumParts: Int = .max) -> [EngineOutput] {
        var count = 0
        var sum = 0
        var parts = 0
        while count < outputs.count,
            count == 0 || sum + outputs[count].byteCount <= bytes && parts + outputs[count].parts.count <= maximumParts
        {
            parts += outputs[count].parts.count
            sum += outputs[count].byteCount
            byteCount -= Self.cost(of: outputs[count])
            count += 1
        }
        defer { outputs.removeFirst(count) }
        return Array(outputs[..<count])
    }

    private static func cost(of output: EngineOutput) -> Int { output.byteCount + overhead }
}
