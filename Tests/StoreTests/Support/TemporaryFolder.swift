import Foundation

/// A directory that is deleted with its contents at the end of the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var database: String { path + "/gateway.db" }

    func isDamaged(_ path: String) -> Bool { path.hasPrefix(database + ".corrupt-") }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    func makeFile(_ path: String, _ bytes: Data = Data()) throws {
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    /// Overwrites a file from its beginning, without replacing it.
    func overwrite(_ path: String, with bytes: Data) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.write(contentsOf: bytes)
        try file.close()
    }

    /// Overwrites bytes of the database.
    func damage(at offset: UInt64, with bytes: [UInt8]) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: database))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: bytes)
        try file.close()
    }
}
