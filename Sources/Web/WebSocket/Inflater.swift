import CZlib

/// Decompresses the messages of one connection (RFC 7692). A class, because zlib's state has an address and an end.
final class Inflater {
    enum Outcome: Hashable, Sendable {
        case progressed
        /// There is more output than the limit; one byte more than that has been appended.
        case exceedsLimit
        case corrupt
    }

    /// zlib keeps a pointer back to this struct, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// A block marked as the last one has ended, and nothing has come after it yet.
    private var isAtEnd = false

    /// Nil where there is no memory for it.
    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // The largest window reads what any smaller one wrote; zlib allocates it when it is first needed.
        guard inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Appends what `input` stands for, until `output` holds more than `limit` bytes.
    func inflate(_ input: [UInt8], into output: inout [UInt8], limit: Int) -> Outcome {
        run(input, into: &output, limit: limit, flush: Z_SYNC_FLUSH)
    }

    /// Adds the four bytes that senders leave out at the end of a message. What does not end at the end of a block then
    /// is corrupt.
    func finishMessage(into output: inout [UInt8], limit: Int) -> Outcome {
        // A sender may also end with a block marked as the last.
        if isAtEnd { return .progressed }
        let outcome = run([0x00, 0x00, 0xFF, 0xFF], into: &output, limit: limit, flush: Z_BLOCK)
        // zlib tells where it stands: 128 is "between two blocks", the lowest bits count the bits left in a byte.
        let isBetweenBlocks = isAtEnd || stream.pointee.data_type & 0x87 == 0x80
        return outcome == .progressed && !isBetweenBlocks ? .corrupt : outcome
    }

    private func run(_ input: [UInt8], into output: inout [UInt8], limit: Int, flush: Int32) -> Outcome {
        // zlib wants plain memory: both pointers are valid for this call only, and it never writes to its input.
        input.withUnsafeBufferPointer { source in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16_384) { room in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.pointee.avail_in = UInt32(source.count)
                defer { stream.pointee.next_in = nil }
                return advance(room, into: &output, limit: limit, flush: flush)
            }
        }
    }

    private func advance(
        _ room: UnsafeMutableBufferPointer<UInt8>, into output: inout [UInt8], limit: Int, flush: Int32
    ) -> Outcome {
        while true {
            if isAtEnd {
                guard stream.pointee.avail_in > 0 else { return .progressed }
                // Another block follows the last one: go on, and keep what it may refer back to.
                guard inflateResetKeep(stream) == Z_OK else { return .corrupt }
                isAtEnd = false
            }
            let wanted = min(room.count - 1, limit - output.count) + 1
            stream.pointee.next_out = room.baseAddress
            stream.pointee.avail_out = UInt32(wanted)
            let result = CZlib.inflate(stream, flush)
            let written = wanted - Int(stream.pointee.avail_out)
            output.append(contentsOf: room[..<written])
            guard output.count <= limit else { return .exceedsLimit }
            switch result {
            case Z_STREAM_END:
                isAtEnd = true
            case Z_OK, Z_BUF_ERROR:
                // Room to spare says that the input is used up; "no progress" is no error then.
                if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return .progressed }
                if result == Z_BUF_ERROR { return .corrupt }
            default: return .corrupt
            }
        }
    }
}
