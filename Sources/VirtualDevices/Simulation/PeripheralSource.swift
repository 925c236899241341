import Clocks

/// Listens to a virtual Bluetooth device, and meanwhile does to it what was planned: writes to it, strikes it.
struct PeripheralSource<Device: VirtualPeripheral>: VirtualSource {
    /// Something that is done to the device.
    struct Act: Sendable {
        let time: Nanoseconds
        let perform: @Sendable (inout Device, Nanoseconds) -> [VirtualEmission]

        /// A central writes.
        static func write(_ bytes: [UInt8], at time: Nanoseconds) -> Self {
            Act(time: time) { $0.received(write: bytes[...], at: $1) }
        }
    }

    private var device: Device
    /// The next one last.
    private var acts: [Act]
    /// What is done because something was said.
    private let reaction: @Sendable (VirtualEmission) -> Act?
    /// What has arrived, from `read` on.
    private var arrived: [VirtualEmission] = []
    private var read = 0

    init(
        _ device: Device, acts: [Act] = [], reaction: @escaping @Sendable (VirtualEmission) -> Act? = { _ in nil }
    ) {
        self.device = device
        self.acts = acts.sorted { $0.time > $1.time }
        self.reaction = reaction
    }

    mutating func next() -> VirtualDelivery? {
        while read == arrived.count {
            guard live() else { return nil }
        }
        let emission = arrived[read]
        read += 1
        if let act = reaction(emission) {
            acts.insert(act, at: acts.firstIndex { $0.time < act.time } ?? acts.count)
        }
        switch emission.content {
        case .notification(_, let bytes): return VirtualDelivery(emission.time, bytes)
        case .linkLost: return VirtualDelivery(linkLostAt: emission.time)
        }
    }

    /// Goes on to whatever happens next. False when nothing will.
    private mutating func live() -> Bool {
        let event = device.nextEvent
        guard event != nil || !acts.isEmpty else { return false }
        arrived.removeAll(keepingCapacity: true)
        read = 0
        if let act = acts.last, act.time <= event ?? act.time {
            acts.removeLast()
            arrived = act.perform(&device, act.time)
        } else if let event {
            arrived = device.tick(until: event)
        }
        return true
    }
}
