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
        while let member = try scanner.next() { add(member) }
    }

    /// No members: for a device that does not speak JSON.
    package init() {
        bytes = []
    }

    /// The value of a key.
    package subscript(key: StaticString) -> JSONToken? {
        members.first { isText($0.key, key) }?.value
    }

    private mutating func add(_ member: JSONMember) {
        for place in members.indices where isSameText(members[place].key, member.key) {
            members[place] = JSONMember(key: members[place].key, value: member.value)
            return
        }
        members.append(member)
    }

    private func isSameText(_ left: JSONToken, _ right: JSONToken) -> Bool {
        if left.isEscaped || right.isEscaped {
            return JSONText.unescape(bytes[left.content]) == JSONText.unescape(bytes[right.content])
        }
        return left.content.count == right.content.count && bytes[left.content] == bytes[right.content]
    }
}
