import Foundation

/// The `store-crash-writer` tool as a child process.
final class CrashWriter {
    /// What it has said so far.
    private(set) var lines: [String] = []

    private let process = Process()
    private let output = Pipe()
    private var unread = Data()

    init(_ arguments: [String]) throws {
        process.executableURL = try Self.tool()
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
    }

    /// The next line, or nil when the child has ended.
    func nextLine() -> String? {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: unread[..<end], as: UTF8.self)
                unread.removeSubrange(...end)
                lines.append(line)
                return line
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            unread.append(more)
        }
    }

    /// Kills it on the spot, and reads what it had managed to say.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        while nextLine() != nil {}
        process.waitUntilExit()
    }

    /// Waits until it ends by itself; returns its status.
    func end() -> Int32 {
        while nextLine() != nil {}
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// The number in the last line that begins with this word.
    func last(_ word: String) -> Int64? {
        lines.last { $0.hasPrefix(word + " ") }.flatMap { Int64($0.dropFirst(word.count + 1)) }
    }

    /// The tool stands beside the tests' own program, whatever the build folder is called.
    private static func tool() throws -> URL {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        let images = Set(maps.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) })
        let tools = images.filter { $0.hasPrefix("/") }
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("store-crash-writer") }
        guard let tool = tools.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw CocoaError(.fileNoSuchFile)
        }
        return tool
    }
}
