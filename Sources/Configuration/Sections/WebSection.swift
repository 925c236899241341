import Clocks

extension Configuration {
    /// Limits and patience of every HTTP and WebSocket connection, on whichever port.
    package struct Web: Sendable, Equatable {
        package var requestTimeout = Nanoseconds.seconds(10)
        package var idleTimeout = Nanoseconds.seconds(60)
        package var maximumHeaderBytes = 16 << 10
        package var maximumHeaders = 100
        package var maximumBodyBytes = 1 << 20
        package var maximumMessageBytes = 1 << 20
        package var pingInterval = Nanoseconds.seconds(20)
        package var pingTimeout = Nanoseconds.seconds(20)
        package var maximumClients = 5000
        /// What may wait for one client before it counts as slow.
        package var queueBytes = 1 << 20
        package var compression = Compression()

        package init() {}
    }
}

extension Configuration.Web {
    /// permessage-deflate, for clients that offer it.
    package struct Compression: Sendable, Equatable {
        package var enabled = true
        package var minimumBytes = 1024

        package init() {}
    }
}
