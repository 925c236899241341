/// Iterates over the members of one object without building a tree, for datagrams that arrive a thousand times a
/// second. Members and nested values are validated as strictly as by the tree reader.
///
///     var scanner = try JSONObjectScanner(datagram)
///     while let member = try scanner.next() {
///         if scanner.isText(member.key, "bpm") { bpm = scanner.double(member.value) }
///     }
///
/// The object is valid only once `next()` has returned nil: an error may follow the last member. A repeated key is
/// returned each time.
@usableFromInline
package struct JSONObjectScanner: JSONTokenSource {
    @usableFromInline package let bytes: ArraySlice<UInt8>
    private let limits: JSONLimits
    private var place = JSONCursor.Place()
    private var progress = JSONScanProgress.beforeFirst

    package init(_ bytes: ArraySlice<UInt8>, limits: JSONLimits = .datagram) throws(JSONError) {
        self.bytes = bytes
        self.limits = limits
        try place.withCursor(in: bytes, limits) { cursor throws(JSONError) in try cursor.startObject() }
    }

    package init(_ bytes: [UInt8], limits: JSONLimits = .datagram) throws(JSONError) {
        try self.init(bytes[...], limits: limits)
    }

    /// The next member, or nil after the last one if only white space follows the object.
    package mutating func next() throws(JSONError) -> JSONMember? {
        let progress = progress
        if progress == .finished { return nil }
        let member = try place.withCursor(in: bytes, limits) { cursor throws(JSONError) -> JSONMember? in
            let closing = UInt8(ascii: "}")
            let hasMember =
                progress == .beforeFirst
                ? try cursor.enter(depth: 0, closing: closing) : try cursor.advanceToNext(closing: closing)
            guard hasMember else {
                try cursor.finish()
                return nil
            }
            let key = try cursor.readKey()
            return JSONMember(key: key, value: try cursor.readValue(depth: 1))
        }
        self.progress = member == nil ? .finished : .afterFirst
        return member
    }
}

/// The members of one object with their original bytes, for inspection and for forwarding unchanged. A repeated key
/// keeps its first position and its last value.
@usableFromInline
package struct JSONMembers: JSONTokenSource, Hashable, Sendable {
    @usableFromInline package let bytes: ArraySlice<UInt8>
    package private(set) var members: [JSONMember] = []

    package init(parsing bytes: [UInt8], limits: JSONLimits = .datagram) throws(JSONError) {
        try self.init(parsing: bytes[...], limits: limits)
    }

    /// Retains the slice's buffer: pass a copy if the buffer is reused.
    package init(parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = .datagram) throws(JSONError) {
        self.bytes = bytes
        var start = JSONCursor.Place()
        members = try start.withCursor(in: bytes, limits) { cursor throws(JSONError) -> [JSONMember] in
            let closing = UInt8(ascii: "}")
            var members: [JSONMember] = []
            members.reserveCapacity(16)
            var keys = JSONKeyIndex()
            try cursor.startObject()
            var hasMember = try cursor.enter(depth: 0, closing: closing)
            while hasMember {
                let key = try cursor.readKey()
                let value = try cursor.readValue(depth: 1)
                if let place = keys.place(of: key, among: members, in: bytes) {
                    members[place] = JSONMember(key: members[place].key, value: value)
                } else {
                    members.append(JSONMember(key: key, value: value))
                }
                hasMember = try cursor.advanceToNext(closing: closing)
            }
            try cursor.finish()
            return members
        }
    }

    /// No members, for devices that do not send JSON.
    package init() {
        bytes = []
    }

    package subscript(key: StaticString) -> JSONToken? {
        members.first { isText($0.key, key) }?.value
    }

    /// The bytes remain as they were.
    package mutating func remove(_ key: StaticString) {
        members = members.filter { !isText($0.key, key) }
    }
}

/// Finds repeated keys in time linear in the input: a few plain keys are compared behind a Bloom filter, more or escaped ones
/// are looked up in a hash table.
struct JSONKeyIndex {
    private static let searchLimit = 16

    private var filter = KeyBloomFilter()
    /// The members by their unescaped key.
    private var table: [[UInt8]: Int]?
    /// Keys compared or looked up so far.
    private(set) var steps = 0

    /// Where this key stands among the members; nil for a new key, which the caller then appends.
    mutating func place(of key: JSONToken, among members: [JSONMember], in bytes: ArraySlice<UInt8>) -> Int? {
        if table == nil, !key.isEscaped, members.count < Self.searchLimit {
            return filter.insert(key, in: bytes) ? nil : search(key, among: members, in: bytes)
        }
        var table = self.table.take() ?? tabulate(members, in: bytes)
        defer { self.table = table }
        steps += 1
        let text = Self.text(of: key, in: bytes)
        if let place = table[text] { return place }
        table[text] = members.count
        return nil
    }

    private mutating func search(_ key: JSONToken, among members: [JSONMember], in bytes: ArraySlice<UInt8>) -> Int? {
        steps += members.count
        return members.firstIndex { member in
            member.key.content.count == key.content.count && bytes[member.key.content] == bytes[key.content]
        }
    }

    private mutating func tabulate(_ members: [JSONMember], in bytes: ArraySlice<UInt8>) -> [[UInt8]: Int] {
        steps += members.count
        var table: [[UInt8]: Int] = [:]
        for (place, member) in members.enumerated() { table[Self.text(of: member.key, in: bytes)] = place }
        return table
    }

    private static func text(of key: JSONToken, in bytes: ArraySlice<UInt8>) -> [UInt8] {
        key.isEscaped ? JSONText.unescape(bytes[key.content]) : Array(bytes[key.content])
    }
}

/// A 64-bit Bloom filter: recognises most new keys without a search.
private struct KeyBloomFilter {
    private var bits: UInt64 = 0

    /// True if the key, which must not be escaped, is certainly new.
    mutating func insert(_ key: JSONToken, in bytes: ArraySlice<UInt8>) -> Bool {
        let content = key.content
        var sum = content.count
        if let first = content.first, let last = content.last {
            sum = sum &* 31 &+ Int(bytes[first]) &* 7 &+ Int(bytes[last])
        }
        let mark: UInt64 = 1 << UInt64(truncatingIfNeeded: sum & 63)
        defer { bits |= mark }
        return bits & mark == 0
    }
}

/// How far a scanner is in its object or array.
enum JSONScanProgress {
    case beforeFirst
    case afterFirst
    case finished
}
