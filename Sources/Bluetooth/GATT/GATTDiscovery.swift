import Devices

/// Finds out what a device offers: its primary services, then all characteristics in one sweep, then the descriptors of
/// each characteristic that has room for any. Every answer takes two connection intervals, so a sweep over everything
/// costs less than one for each service.
struct GATTDiscovery: GATTProcedure {
    private enum Stage {
        case services
        case characteristics
        /// Places in the database: of a service, and of a characteristic in it.
        case descriptors(Int, Int)
    }

    static let maximumServices = 64
    static let maximumCharacteristics = 256
    static let maximumDescriptors = 512

    private var stage = Stage.services
    private var database = GATTDatabase()
    private var requestedRange: ClosedRange<UInt16> = 1...0xFFFF
    /// Characteristics that have been found, in order of their handles: where each begins, and what it is.
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

    /// A declaration: properties, the handle of the value, and the name.
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

/// From one list to the next.
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

    /// Puts each characteristic into its service; it ends where the next one or the service's end is.
    private mutating func assignCharacteristics() {
        for (index, (declaration, characteristic)) in found.enumerated() {
            guard let service = database.services.firstIndex(where: { $0.handles.contains(declaration) }) else {
                continue
            }
            var end = database.services[service].handles.upperBound
            if index + 1 < found.count { end = min(end, found[index + 1].declaration - 1) }
            // A value outside of its service, or behind the next declaration, belongs to nothing.
            guard characteristic.value <= end else { continue }
            var characteristic = characteristic
            characteristic.end = end
            database.services[service].characteristics.append(characteristic)
        }
        found.removeAll()
    }

    /// Asks for the descriptors of this characteristic, or of the next one that has room for any.
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
