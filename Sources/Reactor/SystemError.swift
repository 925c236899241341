import Glibc

/// A call of the operating system that failed: which one, on what, and why.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    package let call: String
    package let code: Int32

    package init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }

    package var description: String {
        "\(call): \(Self.text(of: code))"
    }

    /// What the C library says of an error number.
    package static func text(of code: Int32) -> String {
        var text = [CChar](repeating: 0, count: 128)
        strerror_r(code, &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
