import Clocks
import JSON
import Text

/// The file with the tokens. Parsed strictly: only this program writes it, so any deviation means damage.
package enum TokenFileFormat {
    package static let fileName = "tokens.json"
    private static let version: Int64 = 1

    package static func encode(_ table: TokenTable) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", version)
        writer.key("tokens")
        writer.beginArray()
        for record in table.records {
            writer.beginObject()
            writer.member("id", record.id)
            writer.member("name", record.name)
            writer.member("role", record.role.rawValue)
            writer.member("sha256", Hexadecimal.text(record.digest))
            writer.member("created_ms", record.created.nanoseconds / 1_000_000)
            if let lastUsed = record.lastUsed { writer.member("last_used_ms", lastUsed.nanoseconds / 1_000_000) }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.finish() + [0x0A]
    }

    /// Nil for a damaged file.
    package static func decode(_ bytes: [UInt8]) -> TokenTable? {
        let limits = JSONLimits(depth: 4, bytes: 64 << 10, stringBytes: 1 << 10, members: 1 << 10, numberBytes: 20)
        guard let value = try? JSONValue(parsing: bytes, limits: limits), value["version"]?.integerValue == version,
            let elements = value["tokens"]?.arrayValue, elements.count <= TokenTable.maximumTokens
        else { return nil }
        var records: [TokenRecord] = []
        for element in elements {
            guard let record = record(element) else { return nil }
            records.append(record)
        }
        return TokenTable(records)
    }

    private static func record(_ value: JSONValue) -> TokenRecord? {
        guard let id = value["id"]?.stringValue, let name = value["name"]?.stringValue,
            let role = value["role"]?.stringValue.flatMap(AccessRole.init(rawValue:)),
            let digest = value["sha256"]?.stringValue.flatMap({ Hexadecimal.bytes(Array($0.utf8)[...]) }),
            digest.count == 32,
            let created = time(value["created_ms"])
        else { return nil }
        let lastUsed = time(value["last_used_ms"])
        guard lastUsed != nil || value["last_used_ms"] == nil else { return nil }
        return TokenRecord(id: id, name: name, role: role, digest: digest, created: created, lastUsed: lastUsed)
    }

    private static func time(_ value: JSONValue?) -> WallTime? {
        guard let milliseconds = value?.integerValue, 0...9_000_000_000_000 ~= milliseconds else { return nil }
        return WallTime(nanoseconds: milliseconds * 1_000_000)
    }
}
