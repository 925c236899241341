import Clocks
import Reactor
import Store
import Web

/// The tokens in the state directory, which the gateway and the command `token` change. Its calls block.
package struct TokenFile: Sendable {
    private let file: StateFile

    package init(directory: String) {
        file = StateFile(TokenFileFormat.fileName, in: directory)
    }

    package var directory: String { file.directory }
    package var path: String { file.path }

    /// The file is not one that this program wrote.
    package struct Damage: Error, CustomStringConvertible {
        let path: String

        package var description: String { "\(path) is damaged: remove it, and make the tokens again" }
    }

    package func read() throws -> TokenTable { try table(file.read()) }

    /// Makes a token.
    package func add(_ name: String, _ role: AccessRole, at now: WallTime) throws -> (NewToken, TokenRecord) {
        let token = NewToken.random()
        var record: TokenRecord?
        try change { table in
            record = try table.add(token.text, id: token.id, name: name, role: role, at: now)
        }
        guard let record else { throw Damage(path: path) }
        return (token, record)
    }

    /// Revokes the token with this id or name; returns nil if there is none.
    package func revoke(_ text: String) throws -> TokenRecord? {
        var removed: TokenRecord?
        try change { removed = $0.remove(text) }
        return removed
    }

    package func record(uses: [String: WallTime]) throws {
        try change { table in
            for (id, time) in uses { table.recordUse(of: id, at: time) }
        }
    }

    private func change(_ change: (inout TokenTable) throws -> Void) throws {
        try file.replace { bytes in
            let before = try table(bytes)
            var table = before
            try change(&table)
            return table == before ? nil : TokenFileFormat.encode(table)
        }
    }

    private func table(_ bytes: [UInt8]?) throws -> TokenTable {
        guard let bytes else { return TokenTable() }
        guard let table = TokenFileFormat.decode(bytes) else { throw Damage(path: path) }
        return table
    }
}
