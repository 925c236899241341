extension Configuration {
    /// Timers, sensors and straps on the radio.
    package struct Bluetooth: Sendable, Equatable {
        package var enabled = true
        package var adapter = Adapter.any

        package init() {}
    }
}

extension Configuration.Bluetooth {
    /// Which adapter is used; the others are never touched.
    package enum Adapter: Sendable, Equatable {
        case any
        /// The number in `hci0`.
        case number(UInt16)
        /// 48 bits, the first byte of the written form on top.
        case address(UInt64)
    }
}
