import Clocks

extension Configuration {
    /// The heart-rate broker: datagrams from the boards in, one WebSocket broadcast out.
    package struct Heart: Sendable, Equatable {
        package var enabled = true
        package var udpHost = ""
        package var udpPort = 8888
        package var websocketHost = ""
        package var websocketPort = 6789
        package var smoothing = Smoothing()
        package var staleAfter = Nanoseconds.seconds(10)
        package var forgetAfter = Nanoseconds.seconds(3600)
        package var maximumUsers = 1000

        package init() {}
    }
}

extension Configuration.Heart {
    /// How the readings of one user become a steady number.
    package struct Smoothing: Sendable, Equatable {
        package var enabled = true
        /// The weight of a new reading in the moving average: above 0, and 1 means no smoothing at all.
        package var alpha = 0.3
        package var outlierThreshold = 15.0
        package var outlierWindow = 7
        package var historyLength = 100
        package var minimumBPM = 40.0
        package var maximumBPM = 200.0
        package var startupReadings = 10

        package init() {}
    }
}
