/// How much of a request the parser is willing to hold or to let through before it refuses.
package struct HTTPLimits: Hashable, Sendable {
    /// The request line without its line break. One byte more is answered 414.
    package var requestLineBytes: Int
    /// All header lines together, line breaks included. One byte more is answered 431.
    package var headerBytes: Int
    /// The number of header lines. One more is answered 431.
    package var headerCount: Int
    /// The decoded body. One byte more is answered 413.
    package var bodyBytes: Int
    /// A chunk's size line with its extensions. One byte more is answered 400.
    package var chunkLineBytes: Int
    /// All trailer lines together, line breaks included. They are read and dropped; one byte more is answered 431.
    package var trailerBytes: Int

    package init(
        requestLineBytes: Int = 8_192, headerBytes: Int = 16_384, headerCount: Int = 100, bodyBytes: Int = 1_048_576,
        chunkLineBytes: Int = 256, trailerBytes: Int = 4_096
    ) {
        self.requestLineBytes = requestLineBytes
        self.headerBytes = headerBytes
        self.headerCount = headerCount
        self.bodyBytes = bodyBytes
        self.chunkLineBytes = chunkLineBytes
        self.trailerBytes = trailerBytes
    }
}
