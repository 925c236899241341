/// Why a device has refused a request.
package struct ATTErrorCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let invalidHandle = Self(rawValue: 0x01)
    package static let readNotPermitted = Self(rawValue: 0x02)
    package static let writeNotPermitted = Self(rawValue: 0x03)
    package static let insufficientAuthentication = Self(rawValue: 0x05)
    package static let requestNotSupported = Self(rawValue: 0x06)
    package static let invalidOffset = Self(rawValue: 0x07)
    package static let insufficientAuthorization = Self(rawValue: 0x08)
    /// Nothing of that kind in the range that was asked for: how every list ends.
    package static let attributeNotFound = Self(rawValue: 0x0A)
    package static let attributeNotLong = Self(rawValue: 0x0B)
    package static let insufficientEncryption = Self(rawValue: 0x0F)
}

extension ATTErrorCode: CustomStringConvertible {
    private static let names = [
        "no such handle", "it cannot be read", "it cannot be written", "the packet is invalid",
        "it wants the link to be authenticated", "it does not support this request", "the offset is beyond the end",
        "it wants an authorization", "its queue of writes is full", "there is no such attribute",
        "the attribute is not long", "the encryption key is too short", "the value has the wrong length",
        "something unlikely happened", "it wants the link to be encrypted", "the group type is not supported",
        "it is short of resources", "its attributes have changed", "the value is not allowed",
    ]

    package var description: String {
        let index = Int(rawValue) - 1
        let code = "0x" + String(rawValue, radix: 16)
        if Self.names.indices.contains(index) { return "\(Self.names[index]) (\(code))" }
        return 0x80...0x9F ~= rawValue ? "an error of its own (\(code))" : "error \(code)"
    }
}

/// A request that a device has answered with an error.
package struct ATTErrorResponse: Error, Hashable, Sendable {
    /// The opcode of the request, as the device repeats it.
    package let request: UInt8
    /// The attribute at which it went wrong; 0 when it was none.
    package let handle: UInt16
    package let code: ATTErrorCode

    package init(request: UInt8, handle: UInt16, code: ATTErrorCode) {
        self.request = request
        self.handle = handle
        self.code = code
    }
}
