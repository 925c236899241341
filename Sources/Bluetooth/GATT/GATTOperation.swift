import Devices

/// Something to be done with a device, in as many requests as it takes.
package enum GATTOperation: Hashable, Sendable {
    /// Agrees on the longest packet. At most once for each link.
    case exchangeMTU
    /// Finds all services, characteristics and descriptors.
    case discover
    /// Reads a value, however long it is.
    case read(UInt16)
    case write(UInt16, [UInt8])
    /// Nobody says whether it has arrived.
    case writeWithoutResponse(UInt16, [UInt8])
    /// Wants notifications, or indications from what cannot notify.
    case subscribe(GATTCharacteristic)
}

/// What an operation came to.
package enum GATTOutcome: Hashable, Sendable {
    case mtu(Int)
    case database(GATTDatabase)
    case value([UInt8])
    case done
}

/// Why an operation came to nothing.
package enum GATTError: Error, Hashable, Sendable {
    /// The device said no, or something unreadable; or the channel is dead.
    case att(ATTClient.RequestError)
    /// A readable answer that makes no sense, such as a service outside of what was asked for.
    case protocolError(GATTProtocolError)
    /// The device has more of something than anybody needs.
    case limitExceeded
    /// More bytes than one packet of this link takes.
    case valueTooLong(limit: Int)
    /// The characteristic neither notifies nor indicates, or has no place to ask it to.
    case notificationsUnsupported
    case queueFull
}

/// What an answer got wrong. The raw value is a stable name.
package enum GATTProtocolError: String, Error, CaseIterable, Sendable {
    /// A handle that was not asked about.
    case outsideRange = "outside_range"
    /// A service's name that is none.
    case badUUID = "bad_uuid"
    /// A characteristic's declaration that is too short or too long, or points backwards.
    case badDeclaration = "bad_declaration"
    /// An answer of the wrong kind.
    case wrongKind = "wrong_kind"
}

/// An operation under way: an answer in, the next request or the end out.
protocol GATTProcedure: Sendable {
    /// - Parameter answer: nil at the beginning.
    mutating func next(after answer: ATTClient.Answer?, mtu: Int) -> GATTStep
}

enum GATTStep {
    case request(ATTRequest)
    case finish(Result<GATTOutcome, GATTError>)

    static func protocolError(_ nonsense: GATTProtocolError) -> Self { .finish(.failure(.protocolError(nonsense))) }
}
