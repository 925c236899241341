import Clocks
import Configuration
import Gateway
import Glibc
import Reactor
import Store

/// `store check|export|compact|backup|restore`: the database, beside or without a running gateway.
enum StoreCommand {
    static func run(_ options: StoreCommandOptions) -> ExitStatus {
        var configuration: Configuration
        do {
            configuration = try EffectiveConfiguration(options.configurationFile).configuration
        } catch {
            return StandardStream.fail(EffectiveConfiguration.message(error))
        }
        configuration.stateDirectory = StateDirectory.pathForCommand(configuration.stateDirectory)
        let store = StoreFile(path: configuration.storePath)
        do {
            switch options.action {
            case .check: return try check(options.file.map { StoreFile(path: $0) } ?? store)
            case .export: return try export(store, to: options.file)
            case .compact: return try compact(store)
            case .backup: return backUp(store, to: options.file ?? "")
            case .restore: return restore(store, from: options.file ?? "")
            }
        } catch {
            return StandardStream.fail("\(error)")
        }
    }

    private static func check(_ file: StoreFile) throws -> ExitStatus {
        StandardStream.printResult("\(file.path): sound\n" + text(try file.check()))
    }

    private static func compact(_ file: StoreFile) throws -> ExitStatus {
        let (before, after) = try file.compact()
        return StandardStream.printResult("\(file.path): \(before) bytes before, \(after) bytes now\n")
    }

    private static func backUp(_ file: StoreFile, to target: String) -> ExitStatus {
        let copy = file.backup(to: target)
        return StoreCopyRunner.run(copy) {
            let summary = try file.backUp(to: target, as: copy)
            return "\(target): a backup of \(file.path)\n" + text(summary)
        }
    }

    private static func restore(_ file: StoreFile, from backup: String) -> ExitStatus {
        let copy = file.restoration
        return StoreCopyRunner.run(copy) {
            let (summary, replaced) = try file.restore(from: backup, at: SystemClock.wall(), as: copy)
            let old = replaced.map { "  the previous database is now \($0)\n" } ?? ""
            return "\(file.path): restored from \(backup)\n" + text(summary) + old
        }
    }

    private static func text(_ summary: StoreFile.Summary) -> String {
        [
            "events: \(summary.events)", "runs: \(summary.runs)",
            "workouts: \(summary.workouts), with \(summary.frames) frames",
            "size: \(summary.fileBytes) bytes, schema version \(summary.schemaVersion)",
            "gateway: \(summary.gatewayID ?? "unknown")",
        ].map { "  \($0)\n" }.joined()
    }

    private static func export(_ file: StoreFile, to target: String?) throws -> ExitStatus {
        var number = StandardStream.output.rawValue
        if let target {
            number = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
            guard number >= 0 else { throw SystemError("open \(target)") }
        }
        var buffer: [UInt8] = []
        var exporter = StoreExport()
        try exporter.export(file) { lines in
            buffer += lines
            if buffer.count >= 1 << 16 { try write(&buffer, to: number) }
        }
        try write(&buffer, to: number)
        if let target, fsync(number) != 0 || close(number) != 0 { throw SystemError("write \(target)") }
        return .success
    }

    private static func write(_ buffer: inout [UInt8], to descriptor: Int32) throws {
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw SystemError("write") }
            rest = rest.dropFirst(max(0, count))
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
