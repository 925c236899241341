import Devices

/// An operation of a single request.
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

/// Reads a value. A response that fills the packet may be followed by another part.
struct GATTRead: GATTProcedure {
    let handle: UInt16
    private var value: [UInt8] = []

    /// The specification's maximum for a value.
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
        // The value filled its last packet exactly; some devices then respond with an error.
        case .failure(.errorResponse(let error)) where !value.isEmpty && Self.marksEnd(error.code): return finish()
        case .failure(let failure): return .finish(.failure(.att(failure)))
        }
    }

    private static func marksEnd(_ code: ATTErrorCode) -> Bool {
        code == .invalidOffset || code == .attributeNotLong
    }

    private func finish() -> GATTStep { .finish(.success(.value(value))) }
}

/// Discovers the primary services, then all characteristics, then the descriptors of each characteristic that can have
/// any. Each response takes two connection intervals, so one sweep over all characteristics is faster than one for each
/// service.
struct GATTDiscovery: GATTProcedure {
    private enum Stage {
        case services
        case characteristics
        /// The index of a service, and of a characteristic in it.
        case descriptors(Int, Int)
    }

    static let maximumServices = 64
    static let maximumCharacteristics = 256
    static let maximumDescriptors = 512

    private var stage = Stage.services
    private var database = GATTDatabase()
    private var requestedRange: ClosedRange<UInt16> = 1...0xFFFF
    /// The characteristics found so far, ordered by the handle of their declaration.
    private var found: [(declaration: UInt16, characteristic: GATTCharacteristic)] = []
    private var descriptorCount = 0

    mutating func next(after answer: ATTClient.Answer?, mtu: Int) -> GATTStep {
        guard let answer else { return request(1...0xFFFF) }
        do throws(GATTError) {
            switch answer {
            case .success(let response): return try handle(response)
            // The end of a list.
            case .failure(.errorResponse(let error)) where error.code == .attributeNotFound: return nextStage()
            case .failure(let failure): throw .att(failure)
            }
        } catch {
            return .finish(.failure(error))
        }
    }

    private mutating func request(_ range: ClosedRange<UInt16>) -> GATTStep {
        requestedRange = range
        return switch stage {
        case .services: .request(.readByGroupType(range, type: GATTType.primaryService))
        case .characteristics: .request(.readByType(range, type: GATTType.characteristic))
        case .descriptors: .request(.findInformation(range))
        }
    }

    private mutating func handle(_ response: ATTResponse) throws(GATTError) -> GATTStep {
        let last: UInt16
        switch (stage, response) {
        case (.services, .groups(let groups)): last = try addServices(groups)
        case (.characteristics, .attributes(let attributes)): last = try addCharacteristics(attributes)
        case (.descriptors(let service, let characteristic), .information(let list)):
            last = try addDescriptors(list, service, characteristic)
        default: throw .protocolError(.wrongKind)
        }
        return last < requestedRange.upperBound ? request(last + 1...requestedRange.upperBound) : nextStage()
    }

    private mutating func addServices(_ groups: [ATTGroup]) throws(GATTError) -> UInt16 {
        for group in groups {
            guard requestedRange.contains(group.handles.lowerBound) else { throw .protocolError(.outsideRange) }
            guard let uuid = BluetoothUUID(littleEndian: group.value) else { throw .protocolError(.badUUID) }
            guard database.services.count < Self.maximumServices else { throw .limitExceeded }
            database.services.append(GATTService(uuid: uuid, handles: group.handles))
        }
        return groups.last?.handles.upperBound ?? requestedRange.upperBound
    }

    /// A declaration holds the properties, the value handle and the UUID.
    private mutating func addCharacteristics(_ declarations: [ATTAttribute]) throws(GATTError) -> UInt16 {
        for declaration in declarations {
            guard requestedRange.contains(declaration.handle) else { throw .protocolError(.outsideRange) }
            guard declaration.value.count == 5 || declaration.value.count == 19,
                let uuid = BluetoothUUID(littleEndian: declaration.value.dropFirst(3))
            else { throw .protocolError(.badDeclaration) }
            let value = declaration.value.littleEndian16(at: 1)
            guard value > declaration.handle else { throw .protocolError(.badDeclaration) }
            guard found.count < Self.maximumCharacteristics else { throw .limitExceeded }
            let properties = GATTProperties(rawValue: declaration.value.byte(at: 0))
            found.append(
                (declaration.handle, GATTCharacteristic(uuid: uuid, properties: properties, value: value, end: value)))
        }
        return declarations.last?.handle ?? requestedRange.upperBound
    }

    private mutating func addDescriptors(
        _ list: [ATTInformation], _ service: Int, _ characteristic: Int
    ) throws(GATTError) -> UInt16 {
        guard list.allSatisfy({ requestedRange.contains($0.handle) }) else { throw .protocolError(.outsideRange) }
        descriptorCount += list.count
        guard descriptorCount <= Self.maximumDescriptors else { throw .limitExceeded }
        database.services[service].characteristics[characteristic].descriptors += list
        return list.last?.handle ?? requestedRange.upperBound
    }
}

extension GATTDiscovery {
    private mutating func nextStage() -> GATTStep {
        switch stage {
        case .services:
            stage = .characteristics
            guard let first = database.services.map(\.handles.lowerBound).min(),
                let last = database.services.map(\.handles.upperBound).max()
            else { return finish() }
            return request(first...last)
        case .characteristics:
            assignCharacteristics()
            return descriptors(of: 0, 0)
        case .descriptors(let service, let characteristic):
            return descriptors(of: service, characteristic + 1)
        }
    }

    /// Assigns each characteristic to its service. It ends at the next declaration or at the end of the service.
    private mutating func assignCharacteristics() {
        for (index, (declaration, characteristic)) in found.enumerated() {
            guard let service = database.services.firstIndex(where: { $0.handles.contains(declaration) }) else {
                continue
            }
            var end = database.services[service].handles.upperBound
            if index + 1 < found.count { end = min(end, found[index + 1].declaration - 1) }
            // Drop a value handle outside of its service or behind the next declaration.
            guard characteristic.value <= end else { continue }
            var characteristic = characteristic
            characteristic.end = end
            database.services[service].characteristics.append(characteristic)
        }
        found.removeAll()
    }

    /// Requests the descriptors of this characteristic, or of the next one that can have any.
    private mutating func descriptors(of service: Int, _ characteristic: Int) -> GATTStep {
        var (service, characteristic) = (service, characteristic)
        while service < database.services.count {
            let characteristics = database.services[service].characteristics
            while characteristic < characteristics.count {
                let candidate = characteristics[characteristic]
                if candidate.value < candidate.end {
                    stage = .descriptors(service, characteristic)
                    return request(candidate.value + 1...candidate.end)
                }
                characteristic += 1
            }
            (service, characteristic) = (service + 1, 0)
        }
        return finish()
    }

    private func finish() -> GATTStep { .finish(.success(.database(database))) }
}
