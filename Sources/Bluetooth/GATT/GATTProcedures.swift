/// One request whose answer is all there is to it.
struct GATTSingleRequest: GATTProcedure {
    let request: ATTRequest

    mutating func next(after answer: ATTClient.Answer?, mtu: Int) -> GATTStep {
        switch answer {
        case nil: .request(request)
        case .success(.mtu): .finish(.success(.mtu(mtu)))
        case .success(.written): .finish(.success(.done))
        case .success: .protocolError(.wrongKind)
        case .failure(let failure): .finish(.failure(.att(failure)))
        }
    }
}

/// Reads a value. What fills a packet to the brim may go on in the next one.
struct GATTRead: GATTProcedure {
    let handle: UInt16
    private var value: [UInt8] = []

    /// The protocol's own limit for a value.
    static let maximumLength = 512

    init(handle: UInt16) {
        self.handle = handle
    }

    mutating func next(after answer: ATTClient.Answer?, mtu: Int) -> GATTStep {
        switch answer {
        case nil: return .request(.read(handle))
        case .success(.value(let part)), .success(.partialValue(let part)):
            value += part
            guard value.count <= Self.maximumLength else { return .finish(.failure(.limitExceeded)) }
            guard part.count == mtu - 1, value.count < Self.maximumLength else { return finish() }
            return .request(.readBlob(handle, offset: UInt16(value.count)))
        case .success: return .protocolError(.wrongKind)
        // The value fitted exactly; some devices say so in these words.
        case .failure(.errorResponse(let error)) where !value.isEmpty && Self.marksEnd(error.code): return finish()
        case .failure(let failure): return .finish(.failure(.att(failure)))
        }
    }

    private static func marksEnd(_ code: ATTErrorCode) -> Bool {
        code == .invalidOffset || code == .attributeNotLong
    }

    private func finish() -> GATTStep { .finish(.success(.value(value))) }
}
