/// How a document looks. The clients of the originals were written against Python servers, and a few of them compare
/// text; so a dialect says which look it promises.
package struct JSONStyle: Hashable, Sendable {
    /// `", "` and `": "` between members instead of `","` and `":"`.
    package var isSpaced: Bool
    /// Everything beyond printable ASCII as `\uXXXX`, with surrogate pairs where one unit is not enough.
    package var isASCII: Bool

    package init(isSpaced: Bool, isASCII: Bool) {
        self.isSpaced = isSpaced
        self.isASCII = isASCII
    }

    /// The shortest text: no spaces, UTF-8 as it is.
    package static let compact = Self(isSpaced: false, isASCII: false)
    /// The look of Python's `json.dumps` with its defaults.
    package static let spaced = Self(isSpaced: true, isASCII: true)
    /// No spaces and ASCII alone, as the Socket.IO original sends it.
    package static let compactASCII = Self(isSpaced: false, isASCII: true)
}
