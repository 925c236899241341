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

    static let mostServices = 64
    static let mostCharacteristics = 256
    static let mostDescriptors = 512

    private var stage = Stage.services
    private var database = GATTDatabase()
    private var asked: ClosedRange<UInt16> = 1...0xFFFF
    /// Characteristics that have been found, in order of their handles: where each begins, and what it is.
    private var found: [(declaration: UInt16, characteristic: GATTCharacteristic)] = []
    private var descriptorCount = 0

    mutating func next(after answer: ATTClient.Answer?, mtu: Int) -> GATTStep {
        guard let answer else { return ask(1...0xFFFF) }
        do throws(GATTFailure) {
            switch answer {
            case .success(let response): return try take(response)
            // The end of a list.
            case .failure(.refused(let error)) where error.code == .attributeNotFound: return nextStage()
            case .failure(let failure): throw .att(failure)
            }
        } catch {
            return .finish(.failure(error))
        }
    }

    private mutating func ask(_ range: ClosedRange<UInt16>) -> GATTStep {
        asked = range
        return switch stage {
        case .services: .ask(.readByGroupType(range, type: GATTType.primaryService))
        case .characteristics: .ask(.readByType(range, type: GATTType.characteristic))
        case .descriptors: .ask(.findInformation(range))
        }
    }

    private mutating func take(_ response: ATTResponse) throws(GATTFailure) -> GATTStep {
        let last: UInt16
        switch (stage, response) {
        case (.services, .groups(let groups)): last = try take(groups)
        case (.characteristics, .attributes(let attributes)): last = try take(attributes)
        case (.descriptors(let service, let characteristic), .information(let list)):
            last = try take(list, service, characteristic)
        default: throw .nonsense(.wrongKind)
        }
        return last < asked.upperBound ? ask(last + 1...asked.upperBound) : nextStage()
    }

    private mutating func take(_ groups: [ATTGroup]) throws(GATTFailure) -> UInt16 {
        for group in groups {
            guard asked.contains(group.handles.lowerBound) else { throw .nonsense(.outsideRange) }
            guard let uuid = BluetoothUUID(littleEndian: group.value) else { throw .nonsense(.badUUID) }
            guard database.services.count < Self.mostServices else { throw .tooMuch }
            database.services.append(GATTService(uuid: uuid, handles: group.handles))
        }
        return groups.last?.handles.upperBound ?? asked.upperBound
    }

    /// A declaration: properties, the handle of the value, and the name.
    private mutating func take(_ declarations: [ATTAttribute]) throws(GATTFailure) -> UInt16 {
        for declaration in declarations {
            guard asked.contains(declaration.handle) else { throw .nonsense(.outsideRange) }
            guard declaration.value.count == 5 || declaration.value.count == 19,
                let uuid = BluetoothUUID(littleEndian: declaration.value.dropFirst(3))
            else { throw .nonsense(.badDeclaration) }
            let value = declaration.value.littleEndian16(at: 1)
            guard value > declaration.handle else { throw .nonsense(.badDeclaration) }
            guard found.count < Self.mostCharacteristics else { throw .tooMuch }
            let properties = GATTProperties(rawValue: declaration.value.byte(at: 0))
            found.append(
                (declaration.handle, GATTCharacteristic(uuid: uuid, properties: properties, value: value, end: value)))
        }
        return declarations.last?.handle ?? asked.upperBound
    }

    private mutating func take(
        _ list: [ATTInformation], _ service: Int, _ characteristic: Int
    ) throws(GATTFailure) -> UInt16 {
        guard list.allSatisfy({ asked.contains($0.handle) }) else { throw .nonsense(.outsideRange) }
        descriptorCount += list.count
        guard descriptorCount <= Self.mostDescriptors else { throw .tooMuch }
        database.services[service].characteristics[characteristic].descriptors += list
        return list.last?.handle ?? asked.upperBound
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
            return ask(first...last)
        case .characteristics:
            assign()
            return descriptors(of: 0, 0)
        case .descriptors(let service, let characteristic):
            return descriptors(of: service, characteristic + 1)
        }
    }

    /// Puts each characteristic into its service; it ends where the next one or the service's end is.
    private mutating func assign() {
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
                    return ask(candidate.value + 1...candidate.end)
                }
                characteristic += 1
            }
            (service, characteristic) = (service + 1, 0)
        }
        return finish()
    }

    private func finish() -> GATTStep { .finish(.success(.database(database))) }
}
