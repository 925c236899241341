import Foundation

/// A tool of these tests, such as `store-crash-writer`, as a child process.
final class ChildTool {
    /// Its output so far.
    private(set) var lines: [String] = []

    private let process = Process()
    private let output = Pipe()
    private var unread = Data()

    init(_ name: String, _ arguments: [String]) throws {
        process.executableURL = try Self.tool(name)
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

    /// Kills it with SIGKILL, and reads the rest of its output.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        while nextLine() != nil {}
        process.waitUntilExit()
    }

    /// Waits until it exits; returns its status.
    func waitForExit() -> Int32 {
        while nextLine() != nil {}
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// The number that follows this word in the last line that begins with it.
    func last(_ word: String) -> Int64? {
        text(after: word).flatMap { Int64($0) }
    }

    func text(after word: String) -> Substring? {
        lines.last { $0.hasPrefix(word + " ") }.map { $0.dropFirst(word.count + 1) }
    }

    /// The tool is beside the program of the tests, whatever the build directory is called.
    private static func tool(_ name: String) throws -> URL {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        let images = Set(maps.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) })
        let tools = images.filter { $0.hasPrefix("/") }
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent(name) }
        guard let tool = tools.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw CocoaError(.fileNoSuchFile)
        }
        return tool
    }
}
