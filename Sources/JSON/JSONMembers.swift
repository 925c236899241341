/// The members of one object, kept as they came: a device's own words, to be looked into and to be passed on untouched.
/// A key that comes twice keeps its first place and takes its last value.
@usableFromInline
package struct JSONMembers: JSONTokenSource, Hashable, Sendable {
    @usableFromInline package let bytes: ArraySlice<UInt8>
    package private(set) var members: [JSONMember] = []

    package init(parsing bytes: [UInt8], limits: JSONLimits = .datagram) throws(JSONError) {
        try self.init(parsing: bytes[...], limits: limits)
    }

    /// Keeps the buffer behind the slice alive; give a copy when that is one for reuse.
    package init(parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = .datagram) throws(JSONError) {
        self.bytes = bytes
        var scanner = try JSONObjectScanner(bytes, limits: limits)
        members.reserveCapacity(16)
        var seen = KeyBloomFilter()
        while let member = try scanner.next() {
            let isNew = seen.insert(member.key, in: bytes)
            if isNew || !replaceValue(of: member) { members.append(member) }
        }
    }

    /// No members: for a device that does not speak JSON.
    package init() {
        bytes = []
    }

    /// The value of a key.
    package subscript(key: StaticString) -> JSONToken? {
        members.first { isText($0.key, key) }?.value
    }

    /// False when there is no such key yet.
    private mutating func replaceValue(of member: JSONMember) -> Bool {
        guard let place = members.firstIndex(where: { isSameText($0.key, member.key) }) else { return false }
        members[place] = JSONMember(key: members[place].key, value: member.value)
        return true
    }

    private func isSameText(_ left: JSONToken, _ right: JSONToken) -> Bool {
        if left.isEscaped || right.isEscaped {
            return JSONText.unescape(bytes[left.content]) == JSONText.unescape(bytes[right.content])
        }
        return left.content.count == right.content.count && bytes[left.content] == bytes[right.content]
    }
}

/// Remembers keys roughly, in 64 bits: enough to see at once that most keys are new.
private struct KeyBloomFilter {
    private var bits: UInt64 = 0

    /// True when the key is new for certain.
    mutating func insert(_ key: JSONToken, in bytes: ArraySlice<UInt8>) -> Bool {
        if key.isEscaped {
            // What it says is not in its bytes.
            bits = .max
            return false
        }
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
