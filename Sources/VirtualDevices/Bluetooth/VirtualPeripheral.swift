import Clocks
import Devices

/// A look-alike of a Bluetooth device, without the radio: what is written to it goes in, what it notifies comes out.
///
/// Time counts from the moment the device is switched on. Nobody waits here: whoever carries the bytes calls `tick` when
/// `nextEvent` has come, and may be late.
package protocol VirtualPeripheral: Sendable {
    var advertisement: BluetoothAdvertisement { get }

    /// When it will say something, or may change its mind about that; nil as long as it only waits.
    var nextEvent: Nanoseconds? { get }

    /// Takes what a central writes. Gives what was due before, and what is said at once.
    mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission]

    /// Lives on, and gives what it has said meanwhile, in order.
    mutating func tick(until time: Nanoseconds) -> [VirtualEmission]
}

/// Something that a virtual device does to its link, and when it arrives at the other end.
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
}
