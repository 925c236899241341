/// The bytes of a document, lent by their array for the time of one call. Reading them through the array's slice costs
/// three times as much; here every access is still checked, in release builds too, because the bytes are a stranger's.
struct JSONBytes {
    private let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    var count: Int { bytes.count }

    @inline(__always)
    subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < bytes.count, "a reader left its document")
        return bytes[index]
    }

    subscript(range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a reader left its document")
        return UnsafeBufferPointer(rebasing: bytes[range])
    }

    /// The first index from `start` on whose byte is not plain text, or the end.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        JSONPlainText.end(in: bytes, from: start)
    }
}

extension ArraySlice<UInt8> {
    @inline(__always)
    func withJSONBytes<Value, Failure>(_ body: (JSONBytes) throws(Failure) -> Value) throws(Failure) -> Value {
        // The slice's own method forgets, before Swift 6.1, which error it passes on.
        let result: Result<Value, Failure> = withUnsafeBufferPointer { lent in
            do throws(Failure) {
                return .success(try body(JSONBytes(lent)))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
