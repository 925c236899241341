import Clocks

/// How much a connection may ask of us.
package struct WebSocketLimits: Hashable, Sendable {
    /// The largest message, fragments put together and decompressed. One byte more ends the connection with 1009.
    package var messageBytes: Int
    /// How long the other side may take to answer our close frame.
    package var closeTimeout: Nanoseconds

    package init(messageBytes: Int = 1_048_576, closeTimeout: Nanoseconds = .seconds(Int64(5))) {
        self.messageBytes = messageBytes
        self.closeTimeout = closeTimeout
    }
}
