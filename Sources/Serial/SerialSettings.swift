/// How bytes go over a serial line, and what the line's control wires do meanwhile.
package struct SerialSettings: Hashable, Sendable {
    package enum Parity: Hashable, Sendable {
        case none, odd, even
    }

    /// DTR and RTS. On a development board they also pull the chip's reset and boot pins, so they are let go at once;
    /// a chip that speaks USB itself may wait for them before it says anything.
    package enum ControlLines: Hashable, Sendable {
        case released, asserted
    }

    package var baudRate: Int
    package var dataBits = 8
    package var parity = Parity.none
    package var stopBits = 1
    /// Whether RTS and CTS say who may send.
    package var flowControl = false
    package var controlLines = ControlLines.released

    package init(baudRate: Int = 115_200) {
        self.baudRate = baudRate
    }

    package static let baudRates = 50...12_000_000
}
