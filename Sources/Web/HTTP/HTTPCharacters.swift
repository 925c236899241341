/// The byte classes of the HTTP grammar (RFC 9110, RFC 3986).
extension UInt8 {
    /// A letter, digit or one of the fifteen characters allowed in names and methods.
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

    /// Allowed in a header value: anything but control characters; a tab is allowed.
    var isHTTPFieldContent: Bool {
        self == 0x09 || (self >= 0x20 && self != 0x7F)
    }

    /// Allowed in a request target: visible ASCII except `#`, because clients do not send fragments.
    var isHTTPTarget: Bool {
        self > 0x20 && self < 0x7F && self != UInt8(ascii: "#")
    }

    /// Allowed in a Host header: a name, an address (IPv6 in brackets) and a port.
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

    var hexadecimalDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension RandomAccessCollection<UInt8> where SubSequence == Self {
    /// The slice without blanks at either end.
    var trimmingBlanks: Self {
        // Uses indices, because removing elements from a slice would copy the rest.
        var (start, end) = (startIndex, endIndex)
        while start < end, self[start].isHTTPBlank { formIndex(after: &start) }
        while end > start, self[index(before: end)].isHTTPBlank { formIndex(before: &end) }
        return self[start..<end]
    }
}

extension ArraySlice<UInt8> {
    /// Whether this is the ASCII word, ignoring case.
    func equalsIgnoringCase(_ word: String) -> Bool {
        guard count == word.utf8.count else { return false }
        return zip(self, word.utf8).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
    }
}
