import Clocks
import Network
import Text

/// A token as it is kept: its digest, never the token itself.
package struct TokenRecord: Hashable, Sendable {
    package let id: String
    package let name: String
    package let role: AccessRole
    /// SHA-256. Tokens are random and long, so a slow hash would protect nothing more.
    package let digest: [UInt8]
    package let created: WallTime
    package var lastUsed: WallTime?

    package init(
        id: String, name: String, role: AccessRole, digest: [UInt8], created: WallTime, lastUsed: WallTime? = nil
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.digest = digest
        self.created = created
        self.lastUsed = lastUsed
    }
}

/// All tokens of the gateway.
package struct TokenTable: Hashable, Sendable {
    package static let maximumTokens = 64
    package static let maximumNameBytes = 64

    package private(set) var records: [TokenRecord] = []

    package init() {}

    package init(_ records: [TokenRecord]) {
        self.records = records
    }

    package enum NewTokenError: String, Error, CustomStringConvertible {
        case invalidName, nameInUse, tooMany

        package var description: String {
            switch self {
            case .invalidName:
                "a token's name is 1 to \(TokenTable.maximumNameBytes) bytes of text, such as \"Tablet at bay 3\""
            case .nameInUse: "another token has this name already"
            case .tooMany: "there are \(TokenTable.maximumTokens) tokens already; revoke those that nobody uses"
            }
        }
    }

    /// Adds a record for a new token.
    package mutating func add(
        _ token: String, id: String, name: String, role: AccessRole, at now: WallTime
    ) throws(NewTokenError) -> TokenRecord {
        guard (1...Self.maximumNameBytes).contains(name.utf8.count), name.unicodeScalars.allSatisfy(\.isPrintable)
        else { throw .invalidName }
        guard !records.contains(where: { $0.name == name }) else { throw .nameInUse }
        guard records.count < Self.maximumTokens else { throw .tooMany }
        let record = TokenRecord(id: id, name: name, role: role, digest: SHA256.digest(Array(token.utf8)), created: now)
        records.append(record)
        return record
    }

    /// Removes the token with this id or name; returns it.
    package mutating func remove(_ text: String) -> TokenRecord? {
        let index = records.firstIndex { $0.id == text } ?? records.firstIndex { $0.name == text }
        return index.map { records.remove(at: $0) }
    }

    package mutating func recordUse(of id: String, at now: WallTime) {
        guard let index = records.firstIndex(where: { $0.id == id }) else { return }
        records[index].lastUsed = max(now, records[index].lastUsed ?? now)
    }

    /// The record of a token. Every record is compared in full, so that response times reveal neither which one nor how
    /// much of it is right.
    package func record(withDigest digest: [UInt8]) -> TokenRecord? {
        var found: TokenRecord?
        for record in records where SecretComparison.areEqual(digest, record.digest) { found = record }
        return found
    }
}

/// A token before it is made: only its creator ever sees its text.
package struct NewToken: Sendable {
    package let text: String
    package let id: String

    /// 256 random bits. The prefix lets programs that search for published secrets recognise it.
    package static func random() -> Self {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let id = UInt32.random(in: .min ... .max, using: &generator)
        return Self(text: "lvg_" + Base64URL.encode(bytes), id: Hexadecimal.text(UInt64(id), digits: 8))
    }
}
