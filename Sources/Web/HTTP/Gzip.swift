import CZlib

/// `Content-Encoding: gzip`: decompression of requests, compression of files.
package enum Gzip {
    package enum Reject: Error, Hashable, Sendable {
        case corrupt
        /// Longer than the limit when decompressed.
        case tooLarge
    }

    /// zlib's largest window, with a gzip header.
    private static let windowWithHeader: Int32 = 31

    package static func decompress(_ bytes: [UInt8], limit: Int) throws(Reject) -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, windowWithHeader, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .tooLarge
        }
        defer { inflateEnd(&stream) }
        var output: [UInt8] = []
        let result = bytes.withUnsafeBufferPointer { source in
            // zlib never writes to its input.
            stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            stream.avail_in = UInt32(clamping: source.count)
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16_384) { room in
                var result = Z_OK
                while result == Z_OK, output.count <= limit {
                    stream.next_out = room.baseAddress
                    stream.avail_out = UInt32(room.count)
                    result = inflate(&stream, Z_NO_FLUSH)
                    output.append(contentsOf: room[..<(room.count - Int(stream.avail_out))])
                }
                return result
            }
        }
        guard output.count <= limit else { throw .tooLarge }
        guard result == Z_STREAM_END, stream.avail_in == 0 else { throw .corrupt }
        return output
    }

    /// Nil if memory is insufficient.
    package static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        let result = deflateInit2_(
            &stream, 9, Z_DEFLATED, windowWithHeader, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard result == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let limit = Int(deflateBound(&stream, UInt(bytes.count)))
        return bytes.withUnsafeBufferPointer { source in
            // zlib never writes to its input.
            stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            stream.avail_in = UInt32(source.count)
            return [UInt8](unsafeUninitializedCapacity: limit) { room, count in
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(limit)
                // The room is as large as the longest result.
                _ = deflate(&stream, Z_FINISH)
                count = limit - Int(stream.avail_out)
            }
        }
    }
}
