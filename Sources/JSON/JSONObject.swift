/// The members of an object, in the order in which they came. A key that comes twice keeps its first place and takes
/// the last value, as in Python's dictionaries.
package struct JSONObject: Sendable {
    package typealias Member = (key: String, value: JSONValue)

    package private(set) var members: [Member] = []
    /// Places by key, kept once there are more members than a plain search should walk over.
    private var places: [ExactKey: Int] = [:]
    private static let searchLimit = 16

    package init() {}

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }

    package subscript(key: String) -> JSONValue? {
        place(of: key).map { members[$0].value }
    }

    package mutating func set(_ key: String, to value: JSONValue) {
        if let place = place(of: key) {
            members[place].value = value
            return
        }
        members.append((key, value))
        if members.count > Self.searchLimit {
            if places.isEmpty {
                for (place, member) in members.enumerated() { places[ExactKey(member.key)] = place }
            } else {
                places[ExactKey(key)] = members.count - 1
            }
        }
    }

    private func place(of key: String) -> Int? {
        if places.isEmpty { return members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) } }
        return places[ExactKey(key)]
    }
}

extension JSONObject: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        left.members.elementsEqual(right.members) {
            $0.key.utf8.elementsEqual($1.key.utf8) && $0.value == $1.value
        }
    }
}

/// A key by its bytes: to JSON, two spellings of one accented letter are two keys.
private struct ExactKey: Hashable {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: Self, right: Self) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
