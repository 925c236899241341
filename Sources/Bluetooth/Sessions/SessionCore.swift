import Clocks
import Devices

/// What every session does: longer packets if wanted, find out what the device offers, ask what notifies to notify, and
/// know from then on to which characteristic a value belongs.
///
/// A restarted gateway may meet a link that the kernel had kept up, with notifications coming in before anything was
/// asked. So values count only once it is known what they are.
package struct SessionCore: Sendable {
    package enum Event: Sendable {
        case notice(SessionNotice)
        /// A notification, an indication, or the answer to a read.
        case value(BluetoothUUID, ArraySlice<UInt8>)
        /// Subscribed to all that was required: the session can begin.
        case ready
    }

    /// For all of it. Small devices on a slow link take about half a second.
    package static let setupPatience = Nanoseconds.seconds(20)

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
    private var known: [(name: BluetoothUUID, characteristic: GATTCharacteristic)] = []
    private var openSubscriptions = 0
    private var setupDeadline: MonotonicTime?
    package private(set) var isReady = false
    package private(set) var end: SessionEnd?
    /// Values that came before it was known what they are.
    package private(set) var strays = 0

    init(_ plan: SetupPlan) {
        self.plan = plan
        client = GATTClient(ownMTU: plan.mtu ?? ATTClient.greatestMTU)
    }

    package var mtu: Int { client.mtu }

    var deadline: MonotonicTime? { [client.deadline, setupDeadline].compactMap(\.self).min() }

    mutating func linkOpened(at now: MonotonicTime) {
        setupDeadline = now + Self.setupPatience
        if plan.mtu != nil { start(.exchangeMTU, for: .mtu) }
        start(.discover, for: .discovery)
    }

    /// Another link, another beginning; only the count goes on.
    mutating func renew() {
        let strays = strays
        self = Self(plan)
        self.strays = strays
    }

    mutating func receive(_ packet: ArraySlice<UInt8>) -> [Event] {
        var events: [GATTClient.Event] = []
        client.receive(packet) { events.append($0) }
        return take(events)
    }

    mutating func advance(to now: MonotonicTime) -> [Event] {
        if let setupDeadline, now >= setupDeadline { return giveUp(.setupTooSlow) }
        var events: [GATTClient.Event] = []
        client.advance(to: now) { events.append($0) }
        return take(events)
    }

    mutating func nextPacket(at now: MonotonicTime) -> ([UInt8]?, [Event]) {
        var events: [GATTClient.Event] = []
        let packet = client.nextPacket(at: now) { events.append($0) }
        return (packet, take(events))
    }
}

/// What sessions ask for.
extension SessionCore {
    func has(_ name: BluetoothUUID) -> Bool { characteristic(name) != nil }

    /// The value comes as an event. What cannot be read is left alone.
    mutating func read(_ name: BluetoothUUID) {
        guard let characteristic = characteristic(name), characteristic.properties.contains(.read) else { return }
        start(.read(characteristic.value), for: .read(name))
    }

    /// In the way that the device offers; with an answer if it offers both, so that a failure is noticed. False when it
    /// cannot be written now.
    mutating func write(_ bytes: [UInt8], to name: BluetoothUUID, prefersAnswer: Bool = true) -> Bool {
        guard isReady, let characteristic = characteristic(name) else { return false }
        let properties = characteristic.properties
        let isAnswered = properties.contains(.write) && (prefersAnswer || !properties.contains(.writeWithoutResponse))
        if isAnswered { return start(.write(characteristic.value, bytes), for: .write) }
        do throws(GATTFailure) {
            try client.start(.writeWithoutResponse(characteristic.value, bytes))
            return true
        } catch {
            return false
        }
    }

    /// The session has no use for the link any more.
    mutating func giveUp(_ end: SessionEnd) -> [Event] {
        guard self.end == nil else { return [] }
        self.end = end
        (isReady, setupDeadline) = (false, nil)
        client.close { _ in }
        return [.notice(.ended(end))]
    }

    private func characteristic(_ name: BluetoothUUID) -> GATTCharacteristic? {
        known.first { $0.name == name }?.characteristic
    }
}

extension SessionCore {
    @discardableResult
    private mutating func start(_ operation: GATTOperation, for purpose: Purpose) -> Bool {
        do throws(GATTFailure) {
            if let ticket = try client.start(operation) { purposes[ticket] = purpose }
            return true
        } catch {
            return false
        }
    }

    private mutating func take(_ events: [GATTClient.Event]) -> [Event] {
        guard end == nil else { return [] }
        var result: [Event] = []
        for event in events {
            switch event {
            case .value(let handle, let value):
                if let name = known.first(where: { $0.characteristic.value == handle })?.name {
                    result.append(.value(name, value))
                } else {
                    strays += 1
                }
            case .refused(let refusal): result.append(.notice(.refused(refusal)))
            case .died: result += giveUp(.unanswered)
            case .finished(let ticket, let outcome):
                guard let purpose = purposes.removeValue(forKey: ticket), end == nil else { continue }
                result += take(outcome, purpose)
            }
        }
        return result
    }

    private mutating func take(_ outcome: Result<GATTOutcome, GATTFailure>, _ purpose: Purpose) -> [Event] {
        switch (purpose, outcome) {
        // Nobody failed: the channel is dead, and that is told by itself.
        case (_, .failure(.att(.dead))): return []
        case (.mtu, .failure(.att(.refused))): return [.notice(.mtuRefused)]
        case (.mtu, .failure(let failure)), (.discovery, .failure(let failure)): return giveUp(.setup(failure))
        case (.mtu, .success): return []
        case (.discovery, .success(.database(let database))): return resolve(database)
        case (.discovery, .success): return []
        case (.subscription(let isRequired), .failure(let failure)):
            return isRequired ? giveUp(.setup(failure)) : closeSubscription()
        case (.subscription, .success): return closeSubscription()
        case (.read(let name), .success(.value(let value))): return [.value(name, value[...])]
        case (.read, .success), (.write, .success): return []
        case (.read, .failure(let failure)), (.write, .failure(let failure)): return [.notice(.failed(failure))]
        }
    }

    private mutating func resolve(_ database: GATTDatabase) -> [Event] {
        for name in plan.required {
            guard let characteristic = database.characteristic(name, in: plan.service) else {
                return giveUp(.missing("\(name)"))
            }
            known.append((name, characteristic))
        }
        for name in plan.optional {
            if let characteristic = database.characteristic(name) { known.append((name, characteristic)) }
        }
        for (index, (_, characteristic)) in known.enumerated() {
            guard !characteristic.properties.isDisjoint(with: [.notify, .indicate]) else { continue }
            let isRequired = index < plan.required.count
            if start(.subscribe(characteristic), for: .subscription(isRequired: isRequired)) {
                openSubscriptions += 1
            } else if isRequired {
                return giveUp(.setup(.notNotifying))
            }
        }
        return openSubscriptions == 0 ? becomeReady() : []
    }

    private mutating func closeSubscription() -> [Event] {
        openSubscriptions -= 1
        return openSubscriptions == 0 ? becomeReady() : []
    }

    private mutating func becomeReady() -> [Event] {
        isReady = true
        setupDeadline = nil
        return [.notice(.ready(mtu: client.mtu)), .ready]
    }
}
