/// The classes of bytes that the HTTP grammar (RFC 9110, RFC 3986) is made of.
extension UInt8 {
    /// A letter, digit or one of the fifteen marks that names and methods may hold.
    var isHTTPToken: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// What a header value may hold: anything but control characters; a tab is allowed.
    var isHTTPFieldContent: Bool {
        self == 0x09 || (self >= 0x20 && self != 0x7F)
    }

    /// What a request target may hold: visible ASCII without the fragment mark, which never leaves a client.
    var isHTTPTarget: Bool {
        self > 0x20 && self < 0x7F && self != UInt8(ascii: "#")
    }

    /// What a Host header may hold: a name, an address (IPv6 in brackets) and a port.
    var isHTTPHost: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"),
            UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }

    var isHTTPBlank: Bool { self == 0x20 || self == 0x09 }

    var isASCIIDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    var lowercasedASCII: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }

    /// The value of a hexadecimal digit.
    var hexadecimalDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension ArraySlice<UInt8> {
    /// The slice without blanks at either end.
    var trimmingBlanks: ArraySlice<UInt8> {
        // By position: taking elements off the ends of a slice would copy what is left.
        var (start, end) = (startIndex, endIndex)
        while start < end, self[start].isHTTPBlank { start += 1 }
        while end > start, self[end - 1].isHTTPBlank { end -= 1 }
        return self[start..<end]
    }

    /// Whether this is the ASCII word, in whatever case.
    func equalsIgnoringCase(_ word: String) -> Bool {
        guard count == word.utf8.count else { return false }
        return zip(self, word.utf8).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
    }
}
