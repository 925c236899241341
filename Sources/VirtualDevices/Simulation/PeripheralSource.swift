import Clocks

/// Listens to a virtual Bluetooth device, and meanwhile does to it what was planned: writes to it, strikes it.
struct PeripheralSource<Device: VirtualPeripheral>: DeliverySource {
    /// Something that is done to the device.
    struct Action: Sendable {
        let time: Nanoseconds
        let perform: @Sendable (inout Device, Nanoseconds) -> [VirtualEmission]

        /// A central writes.
        static func write(_ bytes: [UInt8], at time: Nanoseconds) -> Self {
            Action(time: time) { $0.receive(write: bytes[...], at: $1) }
        }
    }

    private var device: Device
    /// The next one last.
    private var actions: [Action]
    /// What is done because something was said.
    private let reaction: @Sendable (VirtualEmission) -> Action?
    /// What has arrived, from `read` on.
    private var arrived: [VirtualEmission] = []
    private var readIndex = 0

    init(
        _ device: Device, actions: [Action] = [],
        reaction: @escaping @Sendable (VirtualEmission) -> Action? = { _ in nil }
    ) {
        self.device = device
        self.actions = actions.sorted { $0.time > $1.time }
        self.reaction = reaction
    }

    mutating func next() -> VirtualDelivery? {
        while readIndex == arrived.count {
            guard advance() else { return nil }
        }
        let emission = arrived[readIndex]
        readIndex += 1
        if let act = reaction(emission) {
            actions.insert(act, at: actions.firstIndex { $0.time < act.time } ?? actions.count)
        }
        switch emission.content {
        case .notification(_, let bytes): return VirtualDelivery(emission.time, bytes)
        case .linkLost: return VirtualDelivery(linkLostAt: emission.time)
        }
    }

    /// Goes on to whatever happens next. False when nothing will.
    private mutating func advance() -> Bool {
        let event = device.nextEvent
        guard event != nil || !actions.isEmpty else { return false }
        arrived.removeAll(keepingCapacity: true)
        readIndex = 0
        if let act = actions.last, act.time <= event ?? act.time {
            actions.removeLast()
            arrived = act.perform(&device, act.time)
        } else if let event {
            arrived = device.tick(until: event)
        }
        return true
    }
}
