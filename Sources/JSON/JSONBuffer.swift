/// The bytes of a document that grows. A loop of `append` on an array asks for every byte whether the array is shared and
/// whether it is large enough; here both are asked once for each value.
struct JSONBuffer: Sendable {
    /// What has been written, and behind it room that is not used yet.
    private var storage: [UInt8]
    private(set) var count: Int

    /// As much as the last document took: the next one is probably of its kind.
    private var expected = 256

    init(_ bytes: consuming [UInt8] = []) {
        count = bytes.count
        storage = bytes
    }

    var bytes: ArraySlice<UInt8> { storage[..<count] }

    /// Makes room for `room` bytes and lets `write` use as many of them as it needs.
    @inline(__always)
    mutating func append(atMost room: Int, _ write: (inout JSONOutputSpan) -> Void) {
        let start = count
        if storage.count - start < room { grow(by: room) }
        count += storage.withUnsafeMutableBufferPointer { storage in
            guard let first = storage.baseAddress else { return 0 }
            var pen = JSONOutputSpan(UnsafeMutableBufferPointer(start: first + start, count: room))
            write(&pen)
            return pen.used
        }
    }

    mutating func reserve(_ room: Int) {
        if storage.count - count < room { grow(by: room) }
    }

    mutating func removeAll(keepingCapacity: Bool) {
        count = 0
        if !keepingCapacity { storage = [] }
    }

    mutating func finish() -> [UInt8] {
        storage.removeLast(storage.count - count)
        expected = max(expected, count)
        count = 0
        var taken: [UInt8] = []
        swap(&taken, &storage)
        return taken
    }

    @inline(never)
    private mutating func grow(by room: Int) {
        if storage.isEmpty {
            storage = [UInt8](repeating: 0, count: max(room, expected))
        } else {
            let unused = storage.capacity - storage.count
            storage.append(contentsOf: repeatElement(0, count: max(room, unused, storage.count)))
        }
    }
}
