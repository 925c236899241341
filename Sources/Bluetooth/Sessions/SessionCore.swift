import Clocks
import Devices

/// The part common to all sessions: negotiates the MTU, discovers the services, subscribes to the characteristics, and
/// maps received values to characteristics.
///
/// After a restart the kernel may still hold a link whose notifications arrive before discovery. Such values are only
/// counted.
package struct SessionCore: Sendable {
    package enum Event: Sendable {
        case sessionEvent(SessionEvent)
        /// A notification, an indication, or the result of a read.
        case value(BluetoothUUID, ArraySlice<UInt8>)
        /// All required subscriptions are active.
        case ready
    }

    /// For the whole setup, which takes about 0.5 s on a slow link.
    package static let setupTimeout = Nanoseconds.seconds(20)

    private enum Purpose {
        case mtu
        case discovery
        case subscription(isRequired: Bool)
        case read(BluetoothUUID)
        case write
    }

    private let plan: SetupPlan
    private var client: GATTClient
    private var purposes: [GATTClient.Ticket: Purpose] = [:]
    private var characteristics: [(name: BluetoothUUID, characteristic: GATTCharacteristic)] = []
    private var openSubscriptions = 0
    private var setupDeadline: MonotonicTime?
    package private(set) var isReady = false
    package private(set) var endReason: SessionEndReason?
    /// Values that arrived before discovery.
    package private(set) var strayValues = 0

    init(_ plan: SetupPlan) {
        self.plan = plan
        client = GATTClient(ownMTU: plan.mtu ?? ATTClient.maximumMTU)
    }

    package var mtu: Int { client.mtu }

    var deadline: MonotonicTime? { [client.deadline, setupDeadline].compactMap(\.self).min() }

    mutating func linkOpened(at now: MonotonicTime) {
        setupDeadline = now + Self.setupTimeout
        if plan.mtu != nil { start(.exchangeMTU, for: .mtu) }
        start(.discover, for: .discovery)
    }

    /// Prepares for another link. Only the counter is kept.
    mutating func reset() {
        let count = strayValues
        self = Self(plan)
        strayValues = count
    }

    mutating func receive(_ packet: ArraySlice<UInt8>) -> [Event] {
        var events: [GATTClient.Event] = []
        client.receive(packet) { events.append($0) }
        return handle(events)
    }

    mutating func advance(to now: MonotonicTime) -> [Event] {
        if let setupDeadline, now >= setupDeadline { return terminate(.setupTooSlow) }
        var events: [GATTClient.Event] = []
        client.advance(to: now) { events.append($0) }
        return handle(events)
    }

    mutating func nextPacket(at now: MonotonicTime) -> ([UInt8]?, [Event]) {
        var events: [GATTClient.Event] = []
        let packet = client.nextPacket(at: now) { events.append($0) }
        return (packet, handle(events))
    }
}

extension SessionCore {
    func has(_ name: BluetoothUUID) -> Bool { characteristic(name) != nil }

    /// The value arrives as an event. Does nothing if the characteristic cannot be read.
    mutating func read(_ name: BluetoothUUID) {
        guard let characteristic = characteristic(name), characteristic.properties.contains(.read) else { return }
        start(.read(characteristic.value), for: .read(name))
    }

    /// Writes with a response if the device offers it, so that a failure is noticed. Returns false if the write is not
    /// possible now.
    mutating func write(_ bytes: [UInt8], to name: BluetoothUUID, prefersAnswer: Bool = true) -> Bool {
        guard isReady, let characteristic = characteristic(name) else { return false }
        let properties = characteristic.properties
        let isAnswered = properties.contains(.write) && (prefersAnswer || !properties.contains(.writeWithoutResponse))
        if isAnswered { return start(.write(characteristic.value, bytes), for: .write) }
        do throws(GATTError) {
            try client.start(.writeWithoutResponse(characteristic.value, bytes))
            return true
        } catch {
            return false
        }
    }

    /// Ends the session on this link.
    mutating func terminate(_ end: SessionEndReason) -> [Event] {
        guard self.endReason == nil else { return [] }
        self.endReason = end
        (isReady, setupDeadline) = (false, nil)
        client.close { _ in }
        return [.sessionEvent(.ended(end))]
    }

    private func characteristic(_ name: BluetoothUUID) -> GATTCharacteristic? {
        characteristics.first { $0.name == name }?.characteristic
    }
}

extension SessionCore {
    @discardableResult
    private mutating func start(_ operation: GATTOperation, for purpose: Purpose) -> Bool {
        do throws(GATTError) {
            if let ticket = try client.start(operation) { purposes[ticket] = purpose }
            return true
        } catch {
            return false
        }
    }

    private mutating func handle(_ events: [GATTClient.Event]) -> [Event] {
        guard endReason == nil else { return [] }
        var result: [Event] = []
        for event in events {
            switch event {
            case .value(let handle, let value):
                if let name = characteristics.first(where: { $0.characteristic.value == handle })?.name {
                    result.append(.value(name, value))
                } else {
                    strayValues += 1
                }
            case .rejected(let error): result.append(.sessionEvent(.rejected(error)))
            case .timedOut: result += terminate(.unanswered)
            case .finished(let ticket, let outcome):
                guard let purpose = purposes.removeValue(forKey: ticket), endReason == nil else { continue }
                result += handle(outcome, purpose)
            }
        }
        return result
    }

    private mutating func handle(_ outcome: Result<GATTOutcome, GATTError>, _ purpose: Purpose) -> [Event] {
        switch (purpose, outcome) {
        // The channel was closed, which is reported separately.
        case (_, .failure(.att(.closed))): return []
        case (.mtu, .failure(.att(.errorResponse))): return [.sessionEvent(.mtuRejected)]
        case (.mtu, .failure(let failure)), (.discovery, .failure(let failure)): return terminate(.setup(failure))
        case (.mtu, .success): return []
        case (.discovery, .success(.database(let database))): return resolve(database)
        case (.discovery, .success): return []
        case (.subscription(let isRequired), .failure(let failure)):
            return isRequired ? terminate(.setup(failure)) : finishSubscription()
        case (.subscription, .success): return finishSubscription()
        case (.read(let name), .success(.value(let value))): return [.value(name, value[...])]
        case (.read, .success), (.write, .success): return []
        case (.read, .failure(let failure)), (.write, .failure(let failure)): return [.sessionEvent(.failed(failure))]
        }
    }

    private mutating func resolve(_ database: GATTDatabase) -> [Event] {
        for name in plan.required {
            guard let characteristic = database.characteristic(name, in: plan.service) else {
                return terminate(.missing("\(name)"))
            }
            characteristics.append((name, characteristic))
        }
        for name in plan.optional {
            if let characteristic = database.characteristic(name) { characteristics.append((name, characteristic)) }
        }
        for (index, (_, characteristic)) in characteristics.enumerated() {
            guard !characteristic.properties.isDisjoint(with: [.notify, .indicate]) else { continue }
            let isRequired = index < plan.required.count
            if start(.subscribe(characteristic), for: .subscription(isRequired: isRequired)) {
                openSubscriptions += 1
            } else if isRequired {
                return terminate(.setup(.notificationsUnsupported))
            }
        }
        return openSubscriptions == 0 ? becomeReady() : []
    }

    private mutating func finishSubscription() -> [Event] {
        openSubscriptions -= 1
        return openSubscriptions == 0 ? becomeReady() : []
    }

    private mutating func becomeReady() -> [Event] {
        isReady = true
        setupDeadline = nil
        return [.sessionEvent(.ready(mtu: client.mtu)), .ready]
    }
}
