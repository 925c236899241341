import JSON

/// What a client stores about a workout: a JSON object. Its members keep the text in which they were sent.
package struct WorkoutDocument: Hashable, Sendable {
    /// A JSON object, without the members that the gateway adds.
    package let body: [UInt8]
    /// The same without its large members, for lists; nil if there are none.
    package let summary: [UInt8]?
    /// The `_id` that the client has sent.
    package let id: String?

    var bytes: Int { body.count + (summary?.count ?? 0) }

    package enum Reject: Error, Hashable, Sendable {
        /// There is no body, or an empty object.
        case missing
        case notAnObject
        case invalid(String)
        case tooLarge(maximum: Int)
        /// The name of a member that clients cannot set.
        case reserved(String)
    }

    /// A list contains no member whose value is longer than this.
    static let largestMemberInList = 1_024
    /// In a list, the names of the members that are left out.
    static let omitted: StaticString = "omitted_members"

    package init(parsing json: [UInt8], maximumBytes: Int) throws(Reject) {
        guard json.count <= maximumBytes else { throw .tooLarge(maximum: maximumBytes) }
        let members: JSONMembers
        do {
            members = try JSONMembers(parsing: json, limits: .document(maximumBytes))
        } catch {
            switch error.reason {
            case .empty: throw .missing
            case .notAnObject: throw Self.isFalsy(json) ? .missing : .notAnObject
            default: throw .invalid(error.description)
            }
        }
        guard !members.members.isEmpty else { throw .missing }
        var kept: [JSONMember] = []
        var id: String?
        for member in members.members {
            switch members.string(member.key) ?? "" {
            case "_id":
                guard let text = members.string(member.value) else { throw .reserved("_id") }
                id = text
            // The gateway sets these; clients send them back as they received them.
            case "created_at", "updated_at", "frame_count", "pressure_frames_truncated": break
            case "pressure_frames":
                guard members.raw(member.value).filter({ $0 > 0x20 }) == Array("[]".utf8) else {
                    throw .reserved("pressure_frames")
                }
            case let name where name.hasPrefix("$"): throw .reserved(name)
            default: kept.append(member)
            }
        }
        self.init(kept, of: members, id: id)
    }

    private init(_ kept: [JSONMember], of source: JSONMembers, id: String?) {
        self.init(kept.map { ($0, source) }, id: id)
    }

    private init(_ kept: [(member: JSONMember, source: JSONMembers)], id: String?) {
        self.id = id
        body = Self.write(kept, omitting: [])
        let large = kept.filter { $0.member.value.range.count > Self.largestMemberInList }
        let small = kept.filter { $0.member.value.range.count <= Self.largestMemberInList }
        summary =
            large.isEmpty ? nil : Self.write(small, omitting: large.map { $0.source.string($0.member.key) ?? "" })
    }

    /// The stored text of a document.
    init(stored json: [UInt8]) throws(JSONError) {
        let members = try JSONMembers(parsing: json, limits: .document(.max))
        self.init(members.members, of: members, id: nil)
    }

    /// The document with members added or replaced.
    func merging(_ changes: WorkoutDocument) throws(JSONError) -> WorkoutDocument {
        let old = try JSONMembers(parsing: body, limits: .document(.max))
        let new = try JSONMembers(parsing: changes.body, limits: .document(.max))
        var rest = new.members.map { (name: new.string($0.key) ?? "", member: $0) }
        var merged: [(member: JSONMember, source: JSONMembers)] = []
        for member in old.members {
            let name = old.string(member.key) ?? ""
            if let place = rest.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
                merged.append((rest.remove(at: place).member, new))
            } else {
                merged.append((member, old))
            }
        }
        return WorkoutDocument(merged + rest.map { ($0.member, new) }, id: id)
    }

    private static func write(
        _ members: [(member: JSONMember, source: JSONMembers)], omitting names: [String]
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for (member, source) in members {
            writer.copyKey(member.key, of: source)
            writer.raw(source.raw(member.value))
        }
        if !names.isEmpty {
            writer.key(omitted)
            writer.beginArray()
            for name in names { writer.string(name) }
            writer.endArray()
        }
        writer.endObject()
        return writer.finish()
    }

    /// What Python takes for false: the original calls such a body missing.
    private static func isFalsy(_ json: [UInt8]) -> Bool {
        ["null", "false", "0", "0.0", "\"\"", "[]"].contains(String(decoding: json.filter { $0 > 0x20 }, as: UTF8.self))
    }
}

extension JSONLimits {
    fileprivate static func document(_ bytes: Int) -> Self {
        Self(depth: 64, bytes: bytes, stringBytes: bytes, members: bytes, numberBytes: 128)
    }
}
