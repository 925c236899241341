import Clocks

/// Listens to a virtual mat at its serial port, in the packets of USB.
struct MatSource: DeliverySource {
    private var mat: VirtualMat
    /// The rest of a frame, the next packet last.
    private var pieces: [(time: Nanoseconds, bytes: ArraySlice<UInt8>)] = []

    init(_ mat: VirtualMat) {
        self.mat = mat
    }

    mutating func next() -> VirtualDelivery? {
        while pieces.isEmpty { pieces = VirtualMat.packets(of: mat.next()).reversed() }
        let piece = pieces.removeLast()
        return VirtualDelivery(piece.time, Array(piece.bytes))
    }
}

/// Listens to a virtual heart board at its serial port.
struct HeartSerialSource: DeliverySource {
    private var board: VirtualHeartBoard
    private var time = Nanoseconds.zero

    /// How long a computer lets bytes gather before it hands them on.
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

/// Receives the datagrams of a virtual heart board.
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

/// Receives the messages of a virtual phone.
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
