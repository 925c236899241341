import Network
import Testing

@testable import Web

@Suite("Hosts of headers and origins") struct WebHostTests {
    @Test(
        "spellings of one host are equal",
        arguments: [
            ("range.local", "RANGE.local.:8000"), ("localhost", "localhost:"), ("[::1]", "[0:0::1]:8000"),
            ("10.0.0.5", "10.0.0.5:65535"), ("[::ffff:10.0.0.5]", "10.0.0.5"), ("a_b-c.lan", "a_B-c.lan:1"),
        ])
    func spellings(first: String, second: String) throws {
        let host = try #require(WebHost(authority: first))
        #expect(WebHost(authority: second) == host)
    }

    @Test(
        "what is not exactly a host and a port is none",
        arguments: [
            "", ":8000", ".", "..", "a..b", "a b", "localhost@evil.example", "localhost:80@evil.example", "[::1", "::1",
            "[::1]x", "[::1]:x", "[fe80::1%25eth0]", "[localhost]", "local%68ost", "localhost:8000:8000",
            "localhost:800000", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.0x1", "127.0.0.01", "1.2.3.4.", "évil",
            "localhost/", "localhost#", "localhost?", "-\\", "localhost:+1",
        ])
    func malformed(text: String) {
        #expect(WebHost(authority: text) == nil)
    }

    @Test(
        "origins of files, extensions and sandboxed pages name no host",
        arguments: [
            "null", "file://", "", "localhost", "//localhost", "http:localhost", "http:/localhost", "ftp://localhost",
            "chrome-extension://localhost", "http://localhost/", "http://user@localhost", "http://",
            "http:// localhost",
            "http://localhost http://evil.example", "http://localhost,http://evil.example",
        ])
    func noOrigin(text: String) {
        #expect(WebHost(origin: text) == nil)
    }

    @Test("an origin names its host without the port")
    func origin() {
        #expect(WebHost(origin: "HTTPS://Range.local:8443") == .name("range.local"))
        #expect(WebHost(origin: "http://[fe80::1]:5173") == WebHost(authority: "[fe80::1]"))
    }
}

@Suite("Origin policy") struct OriginPolicyTests {
    private let open = OriginPolicy(["*", "http://pages.example:3000"], names: ["range.example.org", "2001:db8::5"])
    private let limited = OriginPolicy(["http://pages.example:3000"])

    @Test(
        "a page of this machine, of its network, or of a listed origin may change something",
        arguments: [
            "http://pages.example:3000", "HTTP://PAGES.example:3000", "http://localhost", "https://localhost:3000",
            "http://127.0.0.1:9", "http://127.200.0.1", "http://[::1]:9", "http://0.0.0.0:8000", "http://10.1.2.3",
            "http://172.16.0.1", "http://172.31.255.255", "http://192.168.1.7:5173", "http://169.254.1.1",
            "http://[fd00::1]", "http://[fe80::1]", "http://[::ffff:192.168.1.7]", "http://tablet.local:5173",
            "http://TABLET.local.", "http://pitts:5173", "http://app.localhost:3000",
        ])
    func ours(origin: String) {
        for policy in [open, limited] {
            #expect(policy.allowsChanges(origin, host: "pitts:8001"))
            #expect(policy.allowsReading(origin, host: "pitts:8001"))
        }
    }

    @Test(
        "any other page may read if pages of all origins may, and change nothing",
        arguments: [
            "http://evil.example", "https://evil.example:8000", "null", "file://", "", "http://pages.example",
            "http://pages.example:3001", "https://pages.example:3000", "http://pages.example:3000.evil.example",
            "http://localhost.evil.example", "http://evil-localhost", "http://192.168.1.7.evil.example",
            "http://local", "http://172.15.0.1", "http://172.32.0.1", "http://11.0.0.1", "http://126.0.0.1",
            "http://192.169.0.1", "http://[2001:db8::1]", "http://[fec0::1]", "http://[::2]", "http://[::ffff:8.8.8.8]",
            "http://user@localhost", "http://localhost@evil.example", "http://localhost:80@evil.example",
            "http://printer", "http://range.local.evil.example", "http://evil.examplelocal", "http://127.1",
            "http://pitts.evil.example", "http://pitts@evil.example",
        ])
    func foreign(origin: String) {
        for policy in [open, limited] { #expect(!policy.allowsChanges(origin, host: "pitts:8001")) }
        #expect(open.allowsReading(origin, host: "pitts:8001"))
        #expect(!limited.allowsReading(origin, host: "pitts:8001"))
    }

    @Test(
        "the hosts under which requests may reach this gateway",
        arguments: [
            ("localhost:8000", true), ("127.0.0.1", true), ("[::1]:8000", true), ("192.168.1.124:8001", true),
            ("range.local.", true), ("pitts:8001", true), ("range.lan", true), ("range.home.arpa", true),
            ("range.example.org:80", true), ("pages.example", true), ("[2001:db8::5]", true),
            ("203.0.113.9:8000", true),
            ("203.0.113.8", false), ("[2001:db8::6]", false), ("evil.example:8000", false),
            ("range.local.evil.example", false), ("localhost.evil.example", false), ("evil.org", false),
            ("range.example.org.evil.example", false), ("rangelan.example", false),
        ])
    func hosts(authority: String, isOwn: Bool) throws {
        let host = try #require(WebHost(authority: authority))
        let interface = IPAddress(v4: "203.0.113.9")
        #expect(open.isOwn(host, isInterfaceAddress: { $0 == interface }) == isOwn)
    }
}
