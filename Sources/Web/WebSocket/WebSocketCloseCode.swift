/// Why a connection ends, as the closing handshake tells the other side.
package struct WebSocketCloseCode: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt16

    package init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let normal = Self(1000)
    package static let goingAway = Self(1001)
    package static let protocolError = Self(1002)
    package static let unsupportedData = Self(1003)
    /// Never sent: the other side's close frame named no code.
    package static let noneGiven = Self(1005)
    /// Never sent: the connection went away without a closing handshake.
    package static let abnormal = Self(1006)
    package static let invalidPayload = Self(1007)
    package static let policyViolation = Self(1008)
    package static let messageTooBig = Self(1009)
    package static let internalError = Self(1011)
    package static let serviceRestart = Self(1012)
    package static let tryAgainLater = Self(1013)

    /// Whether the code may travel in a close frame: the registered ones that are not reserved for use inside a
    /// program, and those left to libraries and applications.
    package var mayBeSent: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    package var description: String { String(rawValue) }
}
