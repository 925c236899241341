import CZlib

/// Compresses messages, each on its own: what it writes refers to no earlier message, so the same bytes suit every
/// client, and one of these serves a whole server. A class, because zlib's state has an address and an end.
package final class Deflater {
    /// zlib keeps a pointer back to this struct, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Holds a compressed message until its length is known; kept between messages.
    private var scratch: [UInt8] = []
    /// References reach back 2 to this power of bytes at most.
    package let windowBits: Int
    /// A shorter message goes out as it is: it would gain nothing, and cost every client its time.
    package let threshold: Int

    /// `windowBits` is 9...15; `level` is zlib's, 1 fast to 9 small. Nil where there is no memory for it: 256 KiB at the
    /// widest window.
    package init?(windowBits: Int = 15, level: Int = 6, threshold: Int = 1_024) {
        // zlib can't write raw streams with a window of 8 bits; asked for wrapped ones it silently takes 9.
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

    /// Appends the message as one compressed server frame. False, with `output` as it was, if it isn't worth it: the
    /// message is below the threshold or would not become shorter.
    package func appendFrame(
        _ kind: WebSocketMessage.Kind, _ message: ArraySlice<UInt8>, to output: inout [UInt8]
    ) -> Bool {
        guard message.count >= threshold else { return false }
        return withCompressed(message) { compressed in
            guard compressed.count < message.count else { return false }
            WebSocketFrame.append(kind.opcode, compressed, isCompressed: true, to: &output)
            return true
        } ?? false
    }

    /// The compressed message without the four bytes that every one would end with (RFC 7692 §7.2.1), for the time of
    /// the call. Nil if zlib failed.
    func withCompressed<Result>(_ message: ArraySlice<UInt8>, _ use: (ArraySlice<UInt8>) -> Result) -> Result? {
        scratch.removeAll(keepingCapacity: true)
        guard deflateReset(stream) == Z_OK, run(message), scratch.count > 4 else { return nil }
        return use(scratch.dropLast(4))
    }

    private func run(_ message: ArraySlice<UInt8>) -> Bool {
        // zlib wants plain memory: both pointers are valid for this call only, and it never writes to its input.
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
