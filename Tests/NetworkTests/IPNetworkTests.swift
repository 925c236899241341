import Testing

@testable import Network

@Suite("Networks") struct IPNetworkTests {
    private func address(_ text: String) throws -> IPAddress {
        try #require(IPAddress(v4: text) ?? IPAddress(v6: text))
    }

    @Test(
        "contain the addresses with the same first bits",
        arguments: [
            ("192.168.4.0/24", "192.168.4.0", true), ("192.168.4.0/24", "192.168.4.255", true),
            ("192.168.4.0/24", "192.168.5.0", false), ("192.168.4.77/24", "192.168.4.1", true),
            ("192.168.4.9", "192.168.4.9", true), ("192.168.4.9", "192.168.4.8", false),
            ("192.168.4.8/31", "192.168.4.9", true), ("192.168.4.8/31", "192.168.4.10", false),
            ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false), ("::/0", "fe80::1", true),
            ("::/0", "10.0.0.1", false), ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false),
            ("2001:db8:0:1::/64", "2001:db8:0:1:ffff::", true), ("2001:db8:0:1::/64", "2001:db8:0:2::", false),
            ("2001:db8::8000:0/97", "2001:db8::8000:1", true), ("2001:db8::8000:0/97", "2001:db8::1", false),
            ("::1", "::1", true), ("::1", "::2", false), ("::ffff:10.0.0.0/104", "10.9.9.9", true),
            ("::ffff:10.0.0.0/104", "11.0.0.0", false),
        ] as [(String, String, Bool)])
    func membership(network: String, host: String, isIncluded: Bool) throws {
        #expect(try IPNetwork(network).contains(address(host)) == isIncluded)
    }

    @Test(
        "are an address and the length of a prefix",
        arguments: [
            "", "/", "/8", "10.0.0/8", "fe80::1%eth0", "localhost", "[::1]", "256.0.0.1", "10.0.0.1 ",
        ])
    func noAddress(text: String) {
        #expect(throws: IPNetwork.ParseError.noAddress) { try IPNetwork(text) }
    }

    @Test(
        "of IPv4 have a prefix of up to 32 bits, those of IPv6 one of up to 128",
        arguments: [
            ("10.0.0.0/", 32), ("10.0.0.0/33", 32), ("10.0.0.0/-1", 32), ("10.0.0.0/+8", 32), ("10.0.0.0/8/8", 32),
            ("10.0.0.0/ 8", 32), ("::/129", 128), ("::/x", 128), ("::/99999999999999999999", 128),
        ])
    func invalidPrefix(text: String, longest: Int) {
        #expect(throws: IPNetwork.ParseError.invalidPrefix(longest: longest)) { try IPNetwork(text) }
    }

    @Test("keep the text that they were written as")
    func text() throws {
        let network = try IPNetwork("192.168.4.77/24")
        #expect(network.text == "192.168.4.77/24" && !network.isOneAddress)
        #expect(try IPNetwork("::1").isOneAddress)
    }
}
