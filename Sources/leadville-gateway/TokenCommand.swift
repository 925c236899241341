import Clocks
import Configuration
import Glibc
import Reactor
import Store
import Surfaces
import Web

/// `token add|list|revoke`: the tokens, beside or without a running gateway.
enum TokenCommand {
    static func run(_ options: TokenCommandOptions) -> ExitStatus {
        do {
            let configuration = try EffectiveConfiguration(options.configurationFile).configuration
            let file = TokenFile(directory: StateDirectory.pathForCommand(configuration.stateDirectory))
            switch options.action {
            case .add: return try add(options, to: file)
            case .list: return StandardStream.printResult(text(of: try file.read()))
            case .revoke: return try revoke(options.token, from: file)
            }
        } catch {
            return StandardStream.fail(EffectiveConfiguration.message(error))
        }
    }

    private static func add(_ options: TokenCommandOptions, to file: TokenFile) throws -> ExitStatus {
        guard let role = AccessRole(rawValue: options.role) else {
            return StandardStream.fail("there is no role \(options.role)")
        }
        _ = try StateDirectory.open(file.directory)
        let (token, record) = try file.add(options.token, role, at: SystemClock.wall())
        StandardStream.error.write(
            "Token \(record.id) for \(record.name), with the role \(record.role.rawValue). It is shown only now:\n")
        return StandardStream.printResult(token.text + "\n")
    }

    private static func revoke(_ text: String, from file: TokenFile) throws -> ExitStatus {
        guard let record = try file.revoke(text) else {
            return StandardStream.fail("there is no token \(text) in \(file.path)")
        }
        return StandardStream.printResult("Revoked \(record.id), \(record.name)\n")
    }

    private static func text(of table: TokenTable) -> String {
        let rows =
            [["ID", "ROLE", "CREATED", "LAST USED", "NAME"]]
            + table.records.map { record in
                [
                    record.id, record.role.rawValue, time(record.created), record.lastUsed.map(time) ?? "never",
                    record.name,
                ]
            }
        let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.dropLast().enumerated().map { index, cell in
                cell + String(repeating: " ", count: widths[index] - cell.count + 2)
            }
            return cells.joined() + row[4] + "\n"
        }.joined()
    }

    private static func time(_ time: WallTime) -> String { ISO8601.string(time, precision: .seconds) }
}

/// The token that a command presents to a running gateway.
enum ClientToken {
    struct ReadError: Error, CustomStringConvertible {
        let description: String
    }

    /// From the file, or from the environment; nil without one.
    static func read(_ file: String?) throws(ReadError) -> String? {
        guard let file else {
            let value = ProcessEnvironment.variables()[Setting.tokenVariable] ?? ""
            return value.isEmpty ? nil : try check(value, from: Setting.tokenVariable)
        }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try SmallFile.read(file, atMost: 4_096, waits: true)
        } catch {
            throw ReadError(description: "\(error)")
        }
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        return try check(String(decoding: line, as: UTF8.self), from: file)
    }

    private static func check(_ text: String, from source: String) throws(ReadError) -> String {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ReadError(description: "\(source) does not hold a token: one word of visible characters")
        }
        return text
    }
}
