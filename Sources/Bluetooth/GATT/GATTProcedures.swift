/// One request whose answer is all there is to it.
struct GATTSingleRequest: GATTProcedure {
    let request: ATTRequest

    mutating func next(after answer: ATTClient.Answer?, mtu: Int) -> GATTStep {
        switch answer {
        case nil: .ask(request)
        case .success(.mtu): .finish(.success(.mtu(mtu)))
        case .success(.written): .finish(.success(.done))
        case .success: .nonsense(.wrongKind)
        case .failure(let failure): .finish(.failure(.att(failure)))
        }
    }
}

/// Reads a value. What fills a packet to the brim may go on in the next one.
struct GATTRead: GATTProcedure {
    let handle: UInt16
    private var value: [UInt8] = []

    /// The protocol's own limit for a value.
    static let greatestLength = 512

    init(handle: UInt16) {
        self.handle = handle
    }

    mutating func next(after answer: ATTClient.Answer?, mtu: Int) -> GATTStep {
        switch answer {
        case nil: return .ask(.read(handle))
        case .success(.value(let part)), .success(.partOfValue(let part)):
            value += part
            guard value.count <= Self.greatestLength else { return .finish(.failure(.tooMuch)) }
            guard part.count == mtu - 1, value.count < Self.greatestLength else { return finish() }
            return .ask(.readBlob(handle, offset: UInt16(value.count)))
        case .success: return .nonsense(.wrongKind)
        // The value fitted exactly; some devices say so in these words.
        case .failure(.refused(let error)) where !value.isEmpty && Self.saysEnd(error.code): return finish()
        case .failure(let failure): return .finish(.failure(.att(failure)))
        }
    }

    private static func saysEnd(_ code: ATTErrorCode) -> Bool {
        code == .invalidOffset || code == .attributeNotLong
    }

    private func finish() -> GATTStep { .finish(.success(.value(value))) }
}
