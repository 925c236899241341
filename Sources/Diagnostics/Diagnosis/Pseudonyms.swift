import Network

/// Replaces names and addresses in texts; the same one always by the same pseudonym. Loopback and unspecified addresses
/// remain, because they identify nobody.
package struct Pseudonyms: Sendable {
    /// Names with their pseudonyms, longest first, so that no part of a name is replaced before the whole.
    private let names: [(name: [UInt8], pseudonym: [UInt8])]
    private var addresses: [String: String] = [:]
    private var devices: [String: String] = [:]

    /// - Parameter names: those of the machine, of people, devices and targets. Names without a letter remain: numbers
    ///   stand for too much else.
    package init(names: some Sequence<String>) {
        let known = Set(names).filter { $0.contains(where: \.isLetter) }.sorted()
        self.names = known.enumerated()
            .map { (Array($0.element.utf8), Array("name-\($0.offset + 1)".utf8)) }
            .sorted { $0.0.count > $1.0.count }
    }

    package mutating func replacing(in text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { replacing(inLine: Array($0.utf8)) }.joined(separator: "\n")
    }

    private mutating func replacing(inLine line: [UInt8]) -> String {
        var result: [UInt8] = []
        var rest = line[...]
        var isInWord = false
        while let byte = rest.first {
            if !isInWord, let match = match(rest) {
                result += match.pseudonym ?? Array(rest.prefix(match.length))
                rest = rest.dropFirst(match.length)
                isInWord = true
            } else {
                result.append(byte)
                rest = rest.dropFirst()
                isInWord = Self.isWord(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// What begins here. It has no pseudonym if it has the form of an address, but is none that has to be replaced.
    private mutating func match(_ rest: ArraySlice<UInt8>) -> (length: Int, pseudonym: [UInt8]?)? {
        for (name, pseudonym) in names where rest.starts(with: name) {
            if rest.dropFirst(name.count).first.map(Self.isWord) != true { return (name.count, pseudonym) }
        }
        let run = rest.prefix { Self.isHex($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
        guard run.count >= 2, run.count <= 64, rest.dropFirst(run.count).first.map(Self.isWord) != true else {
            return nil
        }
        let text = String(decoding: run, as: UTF8.self)
        if let device = Self.deviceAddress(text) {
            let pseudonym = devices[device] ?? "device-\(devices.count + 1)"
            devices[device] = pseudonym
            return (17, Array(pseudonym.utf8))
        }
        for candidate in Self.candidates(text) {
            guard let address = IPAddress(v4: candidate) ?? IPAddress(v6: candidate) else { continue }
            guard !address.isThisMachine, !address.isUnspecified else { break }
            let pseudonym = addresses[candidate] ?? "address-\(addresses.count + 1)"
            addresses[candidate] = pseudonym
            return (candidate.utf8.count, Array(pseudonym.utf8))
        }
        return (run.count, nil)
    }

    /// The address of a Bluetooth device or network card at the beginning, in capitals.
    private static func deviceAddress(_ text: String) -> String? {
        let parts = text.prefix(17).split(separator: ":", omittingEmptySubsequences: false)
        let isAddress = parts.count == 6 && parts.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy(isHex) }
        return isAddress ? text.prefix(17).uppercased() : nil
    }

    /// The text, without punctuation that may follow an address, and without the port that may follow an IPv4 address.
    private static func candidates(_ text: String) -> [String] {
        var whole = text[...]
        while let last = whole.last, last == "." || last == ":" { whole = whole.dropLast() }
        let beforePort = whole.prefix { $0 != ":" }
        return whole.count == beforePort.count ? [String(whole)] : [String(whole), String(beforePort)]
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// Letters and digits; all bytes of other alphabets count as letters.
    private static func isWord(_ byte: UInt8) -> Bool {
        isHex(byte) || byte >= 0x80 || (UInt8(ascii: "g")...UInt8(ascii: "z")).contains(byte | 0x20)
            || byte == UInt8(ascii: "_")
    }
}
