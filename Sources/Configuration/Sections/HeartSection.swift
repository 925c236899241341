import Clocks
import Network

extension Configuration {
    /// The heart-rate broker: datagrams from the boards in, one WebSocket broadcast out.
    package struct Heart: Sendable, Equatable {
        package var enabled = true
        package var udpHost = ""
        package var udpPort = 8888
        /// The addresses and networks whose datagrams are accepted; empty: all.
        package var udpSources: [IPNetwork] = []
        package var udpKeys: [UserKey] = []
        package var websocketHost = ""
        package var websocketPort = 6789
        package var smoothing = Smoothing()
        package var staleAfter = Nanoseconds.seconds(10)
        package var forgetAfter = Nanoseconds.seconds(3600)
        package var maximumUsers = 1000

        package init() {}

        package var webSocketListener: Listener {
            Listener(
                name: "heart", purpose: "heart broadcast", summary: "WebSocket: the heart broadcast", transport: .tcp,
                hostKey: "heart.websocket_host", portKey: "heart.websocket_port", host: websocketHost,
                port: websocketPort, isEnabled: enabled)
        }

        package var udpListener: Listener {
            Listener(
                name: "heart_udp", purpose: "heart boards", summary: "datagrams from heart boards", transport: .udp,
                hostKey: "heart.udp_host", portKey: "heart.udp_port", host: udpHost, port: udpPort,
                isEnabled: enabled)
        }
    }
}

extension Configuration.Heart {
    /// What a board has to send in order to report a user.
    package struct UserKey: Sendable, Equatable {
        package var user: String
        package var key: String

        package init(user: String, key: String) {
            self.user = user
            self.key = key
        }
    }

    /// How the readings of one user are smoothed.
    package struct Smoothing: Sendable, Equatable {
        package var enabled = true
        /// The weight of a new reading in the moving average: above 0; 1 means no smoothing.
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

extension Schema {
    static let heart = Part(
        Section("heart", "The heart-rate broker: datagrams from the boards in, a WebSocket broadcast out."),
        [
            Setting("heart.enabled", \.heart.enabled, .flag, .restart, "Whether the broker runs."),
            Setting(
                "heart.udp_host", \.heart.udpHost, .host, .restart,
                "The address that receives the boards' datagrams; all addresses when empty."),
            Setting(
                "heart.udp_port", \.heart.udpPort, .port, .restart, "The UDP port that receives the boards' datagrams."),
            Setting(
                "heart.udp_sources", \.heart.udpSources,
                .list(of: .network, expected: "a list of addresses and networks", maximum: 100), .live,
                """
                The addresses and networks whose datagrams are accepted, of IPv4 and IPv6; all when empty. Datagrams from \
                elsewhere are dropped and counted. Virtual boards send from 127.0.0.1.
                """),
            Setting(
                "heart.udp_keys", \.heart.udpKeys,
                .list(of: .userKey, expected: "a list of users and keys", maximum: 1_000), .live,
                """
                A user and the key that datagrams with readings of this user must have as "key". Datagrams without it are \
                dropped and counted, and clients do not receive it. Users that are not listed need no key.
                """),
            Setting(
                "heart.websocket_host", \.heart.websocketHost, .host, .restart,
                "The address for WebSocket clients; all addresses when empty."),
            Setting(
                "heart.websocket_port", \.heart.websocketPort, .port, .restart,
                "The TCP port for WebSocket clients."),
            Setting(
                "heart.stale_after", \.heart.staleAfter,
                .duration(from: .milliseconds(100), to: .seconds(86_400)), .live,
                "A user without a reading for this long is reported as stale."),
            Setting(
                "heart.forget_after", \.heart.forgetAfter,
                .duration(from: .seconds(1), to: .seconds(Int64(365 * 86_400))), .live,
                "A user without a reading for this long is removed, with all history."),
            Setting(
                "heart.maximum_users", \.heart.maximumUsers, .wholeNumber(in: 1...100_000), .live,
                "The maximum number of users; readings of further users are rejected and counted."),
        ])

    static let smoothing = Part(
        Section("heart.smoothing", "Smoothing of heart rates: a moving average, with outliers replaced by a median."),
        [
            Setting(
                "heart.smoothing.enabled", \.heart.smoothing.enabled, .flag, .live,
                "Whether readings are smoothed; otherwise they are passed on unchanged."),
            Setting(
                "heart.smoothing.alpha", \.heart.smoothing.alpha, .number(from: 0.001, to: 1), .live,
                "The weight of a new reading in the moving average; 1 disables averaging."),
            Setting(
                "heart.smoothing.outlier_threshold", \.heart.smoothing.outlierThreshold,
                .number(of: "bpm", from: 0, to: 1000), .live,
                """
                A reading that differs from the median of the previous readings by more than this is an outlier and is \
                replaced by the median; 0 disables the check.
                """),
            Setting(
                "heart.smoothing.outlier_window", \.heart.smoothing.outlierWindow, .wholeNumber(in: 3...31), .live,
                "The number of readings in that median; a lasting change is followed after half as many."),
            Setting(
                "heart.smoothing.history_length", \.heart.smoothing.historyLength, .wholeNumber(in: 1...1_000), .live,
                "The number of smoothed readings stored per user, for history and statistics."),
            Setting(
                "heart.smoothing.minimum_bpm", \.heart.smoothing.minimumBPM, .number(of: "bpm", from: 1, to: 1000),
                .live,
                "Lower readings are out of range and ignored."),
            Setting(
                "heart.smoothing.maximum_bpm", \.heart.smoothing.maximumBPM, .number(of: "bpm", from: 1, to: 1000),
                .live,
                "Higher readings are out of range and ignored."),
            Setting(
                "heart.smoothing.startup_readings", \.heart.smoothing.startupReadings, .wholeNumber(in: 0...1000),
                .live,
                "The number of initial readings that are not smoothed; also after the finger was lifted."),
        ])
}
