import Clocks

/// What a BT50 vibration sensor says.
package enum BT50Reading: Hashable, Sendable {
    /// Amplitudes, in the mode that sensors have when they are new.
    case vibration(BT50Vibration)
    /// Momentary values, in the mode "now data".
    case motion(BT50Motion)
    case registers(BT50Registers)
    /// A notification holds the first bytes of a frame and no more. Either the link's MTU was never raised, or this is
    /// another sensor of the same vendor, whose frames are that short. Nothing can be read either way.
    case cutOff(byteCount: Int)
    case rejected(DecoderReject)
}

/// Three axes as the sensor sends them; the scale is that of the quantity.
package struct BT50Axes: Hashable, Sendable {
    package let x: Int16
    package let y: Int16
    package let z: Int16

    package init(x: Int16, y: Int16, z: Int16) {
        self.x = x
        self.y = y
        self.z = z
    }

    init(_ frame: ArraySlice<UInt8>, at offset: Int) {
        x = frame.signedLittleEndian16(at: offset)
        y = frame.signedLittleEndian16(at: offset + 2)
        z = frame.signedLittleEndian16(at: offset + 4)
    }
}
