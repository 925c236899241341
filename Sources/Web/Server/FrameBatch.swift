import Clocks

/// Frames that belong together: written once, and sent to any number of clients from the same bytes.
package final class FrameBatch {
    /// Where a frame ends, and what may become of it on its way to a client that does not keep up.
    struct Mark {
        let end: Int
        let mayBeDropped: Bool
    }

    private(set) var bytes: [UInt8] = []
    private(set) var marks: [Mark] = []
    /// Whether this is for the one client that asked for it. What nobody asked for is a broadcast.
    let isDirect: Bool

    /// A batch for a broadcast.
    package init() {
        isDirect = false
    }

    /// An answer to one client.
    package init(direct bytes: [UInt8]) {
        self.bytes = bytes
        marks = [Mark(end: bytes.count, mayBeDropped: false)]
        isDirect = true
    }

    var isEmpty: Bool { marks.isEmpty }

    /// Adds the frame that `write` appends.
    func append(mayBeDropped: Bool, _ write: (inout [UInt8]) -> Void) {
        write(&bytes)
        marks.append(Mark(end: bytes.count, mayBeDropped: mayBeDropped))
    }

    /// Makes room for the next turn, in the same memory. Only for a batch that nobody else holds.
    func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
    }
}
