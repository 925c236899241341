import Testing

@testable import Diagnostics

@Suite("Pseudonyms") struct PseudonymsTests {
    private func replaced(_ text: String, names: [String] = []) -> String {
        var pseudonyms = Pseudonyms(names: names)
        return pseudonyms.replacing(in: text)
    }

    @Test(
        "replaces addresses and leaves everything else",
        arguments: [
            ("timer 60:09:C3:1F:DC:1A lost", "timer device-1 lost"),
            ("60:09:c3:1f:dc:1a 60:09:C3:1F:DC:1A F8:88:2A:0E:5E:C7", "device-1 device-1 device-2"),
            ("from 192.168.1.20:51234.", "from address-1:51234."),
            ("192.168.1.20, 192.168.1.21 and 192.168.1.20", "address-1, address-2 and address-1"),
            ("[fe80::1]:80 fd00:0:0:0:0:0:0:1", "[address-1]:80 address-2"),
            ("127.0.0.1 0.0.0.0:8000 ::1 [::]:8000", "127.0.0.1 0.0.0.0:8000 ::1 [::]:8000"),
            ("at 12:34:56.789 version 0.1.0, a.b.c 1.2 abc", "at 12:34:56.789 version 0.1.0, a.b.c 1.2 abc"),
            ("usb-10c4:ea60-A1-00 x192.168.1.20 1.2.3.4.5", "usb-10c4:ea60-A1-00 x192.168.1.20 1.2.3.4.5"),
            ("", ""), ("\n\n", "\n\n"),
        ])
    func addresses(text: String, expected: String) {
        #expect(replaced(text) == expected)
    }

    @Test("replaces whole names, the longest first")
    func names() {
        let names = ["Ann", "Ann Lee", "Zoë", "42"]
        #expect(
            replaced("Ann Lee, Ann. Annex 42 Zoë Zoëy \"Ann\"", names: names)
                == "name-2, name-1. Annex 42 name-3 Zoëy \"name-1\"")
    }

    @Test("the same address has the same pseudonym in every text")
    func consistency() {
        var pseudonyms = Pseudonyms(names: [])
        let first = pseudonyms.replacing(in: "10.0.0.1 10.0.0.2")
        let second = pseudonyms.replacing(in: "10.0.0.2")
        #expect(first == "address-1 address-2" && second == "address-2")
    }
}

@Suite("Diagnosis") struct DiagnosisTests {
    @Test("has a heading for each section and no control characters")
    func text() {
        var diagnosis = Diagnosis()
        diagnosis.add("One", "a\u{1B}[31m\nb")
        diagnosis.add("Two", "c\n")
        #expect(diagnosis.text == "== One\n\na?[31m\nb\n\n== Two\n\nc\n")
    }

    @Test("the facts name the kernel and the memory")
    func facts() {
        let text = MachineFacts.text
        #expect(text.contains("kernel: Linux") && text.contains("memory: MemTotal: "))
    }
}
