/// How much a document may ask of its reader. Everything that grows with the input has a number here, so that no
/// sender decides how much memory or stack the gateway spends.
package struct JSONLimits: Hashable, Sendable {
    /// Arrays and objects inside each other. The reader recurses, so there is a ceiling that no setting lifts.
    package var depth: Int {
        didSet { depth = min(depth, Self.maximumDepth) }
    }
    /// The whole document, in bytes.
    package var bytes: Int
    /// One string or key between its quotes, in bytes as sent.
    package var stringBytes: Int
    /// Members and elements of all objects and arrays together.
    package var members: Int
    /// One number, in characters with sign, point and exponent.
    package var numberBytes: Int

    package static let maximumDepth = 256

    package init(depth: Int, bytes: Int, stringBytes: Int, members: Int, numberBytes: Int) {
        self.depth = min(depth, Self.maximumDepth)
        self.bytes = bytes
        self.stringBytes = stringBytes
        self.members = members
        self.numberBytes = numberBytes
    }

    /// For a message from a client or a request's body.
    package static let standard = Self(
        depth: 32, bytes: 1 << 20, stringBytes: 1 << 18, members: 1 << 16, numberBytes: 128)

    /// For one UDP datagram from a sensor.
    package static let datagram = Self(
        depth: 16, bytes: 65_507, stringBytes: 16_384, members: 512, numberBytes: 64)
}
