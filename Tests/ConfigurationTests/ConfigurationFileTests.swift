import Foundation
import Testing

@testable import Configuration

@Suite("Reading the file") struct ConfigurationFileTests {
    private func file(_ bytes: Data) throws -> String {
        let path = NSTemporaryDirectory() + "configuration-\(UUID().uuidString).yaml"
        try bytes.write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("whole, up to the limit, and no further")
    func sizes() throws {
        for size in [0, 1, 100_000, ConfigurationFile.maximumBytes] {
            let path = try file(Data(repeating: UInt8(ascii: "#"), count: size))
            defer { try? FileManager.default.removeItem(atPath: path) }
            let text = try ConfigurationFile.read(path)
            #expect(text.bytes.count == size)
            #expect(text.name == path)
        }
        let path = try file(Data(repeating: UInt8(ascii: "#"), count: ConfigurationFile.maximumBytes + 1))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: ConfigurationFile.ReadError.tooLong(path: path)) { try ConfigurationFile.read(path) }
        #expect(throws: ConfigurationFile.ReadError.tooLong(path: "/dev/zero")) {
            try ConfigurationFile.read("/dev/zero")
        }
    }

    @Test(
        "says in the system's words why it cannot be read",
        arguments: [("/nonexistent/a.yaml", "No such file or directory"), ("/tmp", "Is a directory")])
    func unreadable(path: String, reason: String) {
        let failure = ConfigurationFile.ReadError.unreadable(path: path, reason: reason)
        #expect(throws: failure) { try ConfigurationFile.read(path) }
        #expect(failure.description == "\(path): cannot be read: \(reason)")
    }
}
