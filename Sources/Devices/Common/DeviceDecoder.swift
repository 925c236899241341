/// What every decoder of bytes can do: take them as they come, and give readings.
///
/// Where the transport has messages of its own (a Bluetooth notification, a datagram), one call of `feed` is one message.
/// Where it is a stream (a serial port), the bytes may be cut anywhere, and the readings are the same.
package protocol DeviceDecoder: Sendable {
    associatedtype Reading: Hashable, Sendable

    mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (Reading) -> Void)

    /// Nothing more belongs to what came before: the device has been silent for a while, or is gone.
    mutating func flush(_ emit: (Reading) -> Void)

    /// All bytes that were fed, but for those still held back.
    var counters: DecoderCounters { get }

    /// Bytes of a frame that may still become whole.
    var pendingByteCount: Int { get }
}
