import Clocks

/// The notifications of a virtual Bluetooth device, on which planned actions are executed, such as writes and hits.
struct PeripheralSource<Device: VirtualPeripheral>: DeliverySource {
    /// A planned action on the device.
    struct Action: Sendable {
        let time: Nanoseconds
        let perform: @Sendable (inout Device, Nanoseconds) -> [VirtualEmission]

        static func write(_ bytes: [UInt8], at time: Nanoseconds) -> Self {
            Action(time: time) { $0.receive(write: bytes[...], at: $1) }
        }
    }

    private var device: Device
    /// In reverse order.
    private var actions: [Action]
    /// Returns the action that an emission causes.
    private let reaction: @Sendable (VirtualEmission) -> Action?
    /// Deliveries from `readIndex` on have not been returned yet.
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

    /// Advances to the next event or action. Returns false if there is none.
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

/// The serial output of a virtual mat, in USB packets.
struct MatSource: DeliverySource {
    private var mat: VirtualMat
    /// The remaining packets of a frame, in reverse order.
    private var packets: [(time: Nanoseconds, bytes: ArraySlice<UInt8>)] = []

    init(_ mat: VirtualMat) {
        self.mat = mat
    }

    mutating func next() -> VirtualDelivery? {
        while packets.isEmpty { packets = VirtualMat.packets(of: mat.next()).reversed() }
        let packet = packets.removeLast()
        return VirtualDelivery(packet.time, Array(packet.bytes))
    }
}

/// The serial output of a virtual heart board.
struct HeartSerialSource: DeliverySource {
    private var board: VirtualHeartBoard
    private var time = Nanoseconds.zero

    /// The interval at which bytes are collected.
    private static let readInterval = Nanoseconds.milliseconds(20)

    init(_ board: VirtualHeartBoard) {
        self.board = board
    }

    mutating func next() -> VirtualDelivery? {
        while true {
            time = time + Self.readInterval
            let text = board.serialText(until: time)
            if !text.isEmpty { return VirtualDelivery(time, text) }
        }
    }
}

/// The datagrams of a virtual heart board.
struct HeartDatagramSource: DeliverySource {
    private var board: VirtualHeartBoard

    init(_ board: VirtualHeartBoard) {
        self.board = board
    }

    mutating func next() -> VirtualDelivery? {
        let emission = board.nextDatagram()
        return VirtualDelivery(emission.time, emission.bytes)
    }
}

/// The messages of a virtual phone.
struct PhoneSource: DeliverySource {
    private var phone: VirtualPhone

    init(_ phone: VirtualPhone) {
        self.phone = phone
    }

    mutating func next() -> VirtualDelivery? {
        let emission = phone.next()
        return VirtualDelivery(emission.time, emission.bytes)
    }
}
