import Glibc
import Testing

@testable import Reactor

@Suite("Small files") struct SmallFileTests {
    @Test("the first bytes of a file are read, and no more")
    func beginning() throws {
        let whole = try SmallFile.read("/proc/self/status", atMost: 1 << 20)
        #expect(whole.starts(with: "Name:".utf8) && whole.count > 100)
        #expect(try SmallFile.read("/proc/self/status", atMost: 7) == Array(whole.prefix(7)))
        #expect(try SmallFile.read("/proc/self/status", atMost: 0) == [])
    }

    @Test("a file that cannot be read is an error, or an empty text")
    func missing() {
        #expect(throws: SystemError("/no/such/file", code: ENOENT)) { try SmallFile.read("/no/such/file", atMost: 9) }
        #expect(throws: SystemError.self) { try SmallFile.read("/proc", atMost: 9) }
        #expect(SmallFile.text("/no/such/file", atMost: 9) == "")
    }

    @Test("a directory is listed without itself and its parent, up to a limit")
    func names() {
        let names = Directory.names(in: "/proc/self")
        #expect(names.contains("status") && names.contains("fd") && !names.contains(".") && !names.contains(".."))
        #expect(Directory.names(in: "/proc/self", atMost: 3).count == 3)
        #expect(Directory.names(in: "/no/such/place") == [])
    }
}
