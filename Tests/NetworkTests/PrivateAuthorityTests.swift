import Foundation
import Testing

@testable import Network

@Suite("Private authority") struct PrivateAuthorityTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)").path

    private func error(_ body: () throws(TLSError) -> Void) -> String? {
        do throws(TLSError) { try body() } catch { return error.description }
        return nil
    }

    @Test("it writes whole files, whose keys strangers cannot read, that a server can use")
    func files() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let authority = PrivateAuthority(directory: folder)
        #expect(!authority.exists)
        try authority.create(organisation: "Test")
        try authority.issue(for: ["range.example", "192.0.2.7"])
        try authority.issue(for: ["range.example"])
        #expect(authority.exists)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.sorted() == ["ca.crt", "ca.key", "server.crt", "server.key"])
        for key in [authority.keyFile, authority.serverKeyFile] {
            var status = stat()
            #expect(stat(key, &status) == 0 && status.st_mode & 0o137 == 0)
        }
        _ = try TLSContext(certificate: authority.serverCertificateFile, key: authority.serverKeyFile)
    }

    @Test("a file that cannot be used is named with the reason of the system")
    func failures() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let authority = PrivateAuthority(directory: folder)
        #expect(
            error { () throws(TLSError) in try authority.issue(for: ["a"]) }
                == "\(folder)/ca.crt: No such file or directory")
        let inFile = PrivateAuthority(directory: "/proc/self/status/tls")
        #expect(
            error { () throws(TLSError) in try inFile.create(organisation: "Test") }
                == "/proc/self/status/tls: Not a directory")
        #expect(
            error { () throws(TLSError) in _ = try TLSContext(certificate: "\(folder)/no.crt", key: "") }
                == "\(folder)/no.crt cannot be read: No such file or directory")
        try authority.create(organisation: "Test")
        mkdir("\(folder)/server.key", 0o700)
        #expect(
            error { () throws(TLSError) in try authority.issue(for: ["a"]) } == "\(folder)/server.key: Is a directory")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.sorted() == ["ca.crt", "ca.key", "server.key"])
    }
}
