/// A whole message, put together and checked.
package struct WebSocketMessage: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The bytes are valid UTF-8.
        case text
        case binary

        package var opcode: WebSocketOpcode { self == .text ? .text : .binary }
    }

    package let kind: Kind
    package let bytes: [UInt8]

    package init(_ kind: Kind, _ bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }
}
