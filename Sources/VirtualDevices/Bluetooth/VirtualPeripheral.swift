import Clocks
import Devices

/// A virtual Bluetooth device without a radio: a state machine that turns time and writes into notifications.
///
/// Time counts from power-on. The caller calls `tick` when `nextEvent` is due; late calls lose nothing.
package protocol VirtualPeripheral: Sendable {
    var advertisement: BluetoothAdvertisement { get }

    /// The time of the next call of `tick` that may have an effect; nil while the device only waits for writes.
    var nextEvent: Nanoseconds? { get }

    /// Processes a write of the central. Returns everything due until then, in order, including immediate answers.
    mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission]

    /// Advances to a time and returns everything that was sent since the last call, in order.
    mutating func tick(until time: Nanoseconds) -> [VirtualEmission]
}

/// A notification or a loss of the link, with the time of its arrival at the central.
package struct VirtualEmission: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case notification(BluetoothUUID, [UInt8])
        case linkLost
    }

    package let time: Nanoseconds
    package let content: Content

    package init(time: Nanoseconds, content: Content) {
        self.time = time
        self.content = content
    }

    /// The bytes of a notification.
    package var bytes: [UInt8]? {
        if case .notification(_, let bytes) = content { bytes } else { nil }
    }

    /// The same with a notification of at most `length` bytes.
    func truncated(to length: Int) -> Self {
        guard case .notification(let characteristic, let bytes) = content, bytes.count > length else { return self }
        return Self(time: time, content: .notification(characteristic, Array(bytes.prefix(length))))
    }
}

/// A virtual device with a GATT server.
package protocol VirtualGATTPeripheral: VirtualPeripheral {
    var services: [VirtualService] { get }

    /// The answer to a read; nil for characteristics without a value.
    func value(of characteristic: BluetoothUUID, at time: Nanoseconds) -> [UInt8]?

    /// Called when the MTU of the link has been negotiated.
    mutating func update(mtu: Int)
}

extension VirtualGATTPeripheral {
    package func value(of characteristic: BluetoothUUID, at time: Nanoseconds) -> [UInt8]? { nil }

    package mutating func update(mtu: Int) {}
}

/// A GATT service of a virtual device.
package struct VirtualService: Sendable {
    package struct Characteristic: Sendable {
        package let uuid: BluetoothUUID
        /// The property bits of the specification: 02 read, 04 write without response, 08 write, 10 notify, 20 indicate.
        package let properties: UInt8

        package init(_ uuid: BluetoothUUID, _ properties: UInt8) {
            self.uuid = uuid
            self.properties = properties
        }
    }

    package let uuid: BluetoothUUID
    package let characteristics: [Characteristic]

    package init(_ uuid: BluetoothUUID, _ characteristics: [Characteristic]) {
        self.uuid = uuid
        self.characteristics = characteristics
    }

    static let genericAccess = VirtualService(BluetoothUUID(short: 0x1800), [.init(BluetoothUUID(short: 0x2A00), 0x02)])

    /// The Nordic UART service: writes to one characteristic, notifications from the other.
    static let nordicUART = VirtualService(
        .nordicUART, [.init(.nordicUARTWrite, 0x0C), .init(.nordicUARTNotify, 0x10)])
}

extension BluetoothUUID {
    static let nordicUARTWrite = BluetoothUUID(high: 0x6E40_0002_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
    static let nordicUARTNotify = BluetoothUUID(high: 0x6E40_0003_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
}

/// The radio path from a virtual device to the central: adds latency, preserves the order, and may lose notifications.
struct VirtualLink: Sendable {
    private var random: SeededRandom
    private let latency: ClosedRange<Int64>
    private let lossProbability: Double
    private var pending: [VirtualEmission] = []
    private var lastArrival = Nanoseconds.zero

    /// - Parameter latency: in milliseconds, from the event in the device to its arrival.
    init(seed: UInt64, latency: ClosedRange<Int64>, lossProbability: Double = 0) {
        random = SeededRandom(seed: seed)
        self.latency = latency.lowerBound * 1_000_000...latency.upperBound * 1_000_000
        self.lossProbability = lossProbability
    }

    var nextArrival: Nanoseconds? { pending.first?.time }

    mutating func notify(_ characteristic: BluetoothUUID, _ bytes: [UInt8], at time: Nanoseconds) {
        let isLost = lossProbability > 0 && random.chance(lossProbability)
        let arrival = arrivalTime(of: time)
        if !isLost { pending.append(VirtualEmission(time: arrival, content: .notification(characteristic, bytes))) }
    }

    /// Discards everything that has not arrived yet.
    mutating func disconnect(at time: Nanoseconds) {
        pending.removeAll { $0.time > time }
        lastArrival = time
        pending.append(VirtualEmission(time: time, content: .linkLost))
    }

    mutating func deliver(until time: Nanoseconds) -> [VirtualEmission] {
        let count = pending.firstIndex { $0.time > time } ?? pending.count
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }

    private mutating func arrivalTime(of time: Nanoseconds) -> Nanoseconds {
        lastArrival = max(lastArrival, time + Nanoseconds(.random(in: latency, using: &random)))
        return lastArrival
    }
}
