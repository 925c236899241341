import Clocks

/// A reading of a device's own clock, and what it means in our time.
package struct DeviceTime: Hashable, Sendable {
    /// Since the start of the device's clock: its boot, its epoch or the beep.
    package let reading: Nanoseconds
    /// Missing as long as too little has been heard to tell.
    package let mapping: Mapping?

    /// How a device's clock stands to ours at this moment.
    package struct Mapping: Hashable, Sendable {
        /// The monotonic time at which the device's clock would have read zero.
        package let zero: MonotonicTime
        /// The true moment lies this close to the mapped one, before or after.
        package let error: Nanoseconds

        package init(zero: MonotonicTime, error: Nanoseconds) {
            self.zero = zero
            self.error = error
        }
    }

    package init(reading: Nanoseconds, mapping: Mapping? = nil) {
        self.reading = reading
        self.mapping = mapping
    }

    package var mapped: MonotonicTime? {
        mapping.map { $0.zero + reading }
    }
}
