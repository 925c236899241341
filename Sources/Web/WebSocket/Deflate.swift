import CZlib

/// Compresses messages independently of each other, so the same bytes suit every client and one instance serves a whole
/// server. A class, because zlib's state has a fixed address and must be freed.
package final class Deflater {
    /// zlib stores a pointer to this struct, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Longer messages are not compressed: compressing one would delay everything else.
    package static let maximumBytes = 32_768

    /// The last message and its compressed form: groups of clients receive the same event one after another.
    private var message: [UInt8] = []
    private var scratch: [UInt8] = []
    /// How many messages were compressed.
    private(set) var compressions = 0
    /// References reach back at most 2 to this power of bytes.
    package let windowBits: Int
    /// Shorter messages are not compressed: the gain is not worth the cost for every client.
    package let threshold: Int

    /// `windowBits` is 9...15; `level` is zlib's, 1 (fast) to 9 (small). Nil if memory is insufficient: 256 KiB for the
    /// largest window.
    package init?(windowBits: Int = 15, level: Int = 6, threshold: Int = 1_024) {
        // zlib does not support raw streams with a window of 8 bits; for others it silently uses 9.
        self.windowBits = min(max(windowBits, 9), 15)
        self.threshold = threshold
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let result = deflateInit2_(
            stream, Int32(min(max(level, 1), 9)), Z_DEFLATED, -Int32(self.windowBits), 8, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard result == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Whether messages of this length are compressed.
    func compresses(_ bytes: Int) -> Bool { bytes >= threshold && bytes <= Self.maximumBytes }

    /// Appends the message as one compressed server frame. False, with `output` unchanged, if the message is too short or
    /// too long or would not become shorter.
    package func appendFrame(
        _ kind: WebSocketMessage.Kind, _ message: ArraySlice<UInt8>, to output: inout [UInt8]
    ) -> Bool {
        guard compresses(message.count) else { return false }
        return withCompressed(message) { compressed in
            guard compressed.count < message.count else { return false }
            WebSocketFrame.append(kind.opcode, compressed, isCompressed: true, to: &output)
            return true
        } ?? false
    }

    /// Calls `use` with the compressed message, without the four final bytes common to all messages (RFC 7692 §7.2.1).
    /// Nil if zlib failed.
    func withCompressed<Result>(_ message: ArraySlice<UInt8>, _ use: (ArraySlice<UInt8>) -> Result) -> Result? {
        if message.isEmpty || self.message[...] != message {
            self.message.removeAll(keepingCapacity: true)
            scratch.removeAll(keepingCapacity: true)
            guard deflateReset(stream) == Z_OK, run(message), scratch.count > 4 else { return nil }
            self.message.append(contentsOf: message)
            compressions += 1
        }
        return use(scratch.dropLast(4))
    }

    private func run(_ message: ArraySlice<UInt8>) -> Bool {
        // zlib uses raw memory: both pointers are only valid during this call, and it never writes to its input.
        message.withUnsafeBufferPointer { source in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16_384) { room in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.pointee.avail_in = UInt32(source.count)
                defer { stream.pointee.next_in = nil }
                repeat {
                    stream.pointee.next_out = room.baseAddress
                    stream.pointee.avail_out = UInt32(room.count)
                    let result = deflate(stream, Z_SYNC_FLUSH)
                    guard result == Z_OK || result == Z_BUF_ERROR else { return false }
                    scratch.append(contentsOf: room[..<(room.count - Int(stream.pointee.avail_out))])
                } while stream.pointee.avail_out == 0
                return true
            }
        }
    }
}

/// Decompresses the messages of one connection (RFC 7692). A class, because zlib's state has a fixed address and must
/// be freed.
final class Inflater {
    enum Outcome: Hashable, Sendable {
        case progressed
        /// The output exceeds the limit; one byte beyond it has been appended.
        case exceedsLimit
        case corrupt
    }

    /// What zlib allocates: its state and the window.
    static let stateBytes = 48 << 10

    /// zlib stores a pointer to this struct, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// A block marked as final has ended, and nothing has followed it yet.
    private var isAtEnd = false

    /// Nil if memory is insufficient.
    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // The largest window can read the output of any smaller one; zlib allocates it on first use.
        guard inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Appends the decompressed `input`, until `output` exceeds `limit` bytes.
    func inflate(_ input: [UInt8], into output: inout [UInt8], limit: Int) -> Outcome {
        run(input, into: &output, limit: limit, flush: Z_SYNC_FLUSH)
    }

    /// Adds the four bytes omitted by senders at the end of a message. If the message does not end at a block boundary
    /// it is corrupt.
    func finishMessage(into output: inout [UInt8], limit: Int) -> Outcome {
        // A sender may also end with a block marked as final.
        if isAtEnd { return .progressed }
        let outcome = run([0x00, 0x00, 0xFF, 0xFF], into: &output, limit: limit, flush: Z_BLOCK)
        // In zlib's `data_type`, 128 means "between two blocks", and the lowest bits count unused bits of the last
        // byte.
        let isBetweenBlocks = isAtEnd || stream.pointee.data_type & 0x87 == 0x80
        return outcome == .progressed && !isBetweenBlocks ? .corrupt : outcome
    }

    private func run(_ input: [UInt8], into output: inout [UInt8], limit: Int, flush: Int32) -> Outcome {
        // zlib uses raw memory: both pointers are only valid during this call, and it never writes to its input.
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
                // Another block follows the final one: continue, and keep the window it may refer to.
                guard inflateResetKeep(stream) == Z_OK else { return .corrupt }
                isAtEnd = false
            }
            let space = min(room.count - 1, limit - output.count) + 1
            stream.pointee.next_out = room.baseAddress
            stream.pointee.avail_out = UInt32(space)
            let result = CZlib.inflate(stream, flush)
            let written = space - Int(stream.pointee.avail_out)
            output.append(contentsOf: room[..<written])
            guard output.count <= limit else { return .exceedsLimit }
            switch result {
            case Z_STREAM_END:
                isAtEnd = true
            case Z_OK, Z_BUF_ERROR:
                // Unused output space means that the input is consumed; "no progress" is then not an error.
                if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return .progressed }
                if result == Z_BUF_ERROR { return .corrupt }
            default: return .corrupt
            }
        }
    }
}
