import Clocks

extension Schema {
    static let heart = [
        Setting("heart.enabled", \.heart.enabled, .flag, .restart, "Whether the broker runs at all."),
        Setting(
            "heart.udp_host", \.heart.udpHost, .host, .restart,
            "The address where the boards' datagrams arrive; every one when empty."),
        Setting("heart.udp_port", \.heart.udpPort, .port, .restart, "The UDP port where the boards' datagrams arrive."),
        Setting(
            "heart.websocket_host", \.heart.websocketHost, .host, .restart,
            "The address where WebSocket clients connect; every one when empty."),
        Setting(
            "heart.websocket_port", \.heart.websocketPort, .port, .restart,
            "The TCP port where WebSocket clients connect."),
        Setting(
            "heart.stale_after", \.heart.staleAfter,
            .duration(from: .milliseconds(100), to: .seconds(86_400)), .live,
            "A user without a reading for this long is marked as stale."),
        Setting(
            "heart.forget_after", \.heart.forgetAfter,
            .duration(from: .seconds(1), to: .seconds(Int64(365 * 86_400))), .live,
            "A user without a reading for this long is forgotten, history and all."),
        Setting(
            "heart.maximum_users", \.heart.maximumUsers, .wholeNumber(in: 1...100_000), .live,
            "How many users are remembered; readings of further ones are refused and counted."),
    ]

    static let smoothing = [
        Setting(
            "heart.smoothing.enabled", \.heart.smoothing.enabled, .flag, .live,
            "Whether readings are smoothed; otherwise they pass as they are."),
        Setting(
            "heart.smoothing.alpha", \.heart.smoothing.alpha, .number(from: 0.001, to: 1), .live,
            "The weight of a new reading in the moving average; 1 follows every reading at once."),
        Setting(
            "heart.smoothing.outlier_threshold", \.heart.smoothing.outlierThreshold,
            .number(of: "bpm", from: 0, to: 1000), .live,
            """
            A reading further than this from the median of the readings before it counts as an outlier, and that median \
            takes its place; 0 lets every reading pass.
            """),
        Setting(
            "heart.smoothing.outlier_window", \.heart.smoothing.outlierWindow, .wholeNumber(in: 3...31), .live,
            "How many readings that median looks at; a change that lasts is followed after half as many."),
        Setting(
            "heart.smoothing.history_length", \.heart.smoothing.historyLength, .wholeNumber(in: 1...1_000), .live,
            "How many smoothed readings are kept for each user, for history and statistics."),
        Setting(
            "heart.smoothing.minimum_bpm", \.heart.smoothing.minimumBPM, .number(of: "bpm", from: 1, to: 1000), .live,
            "Readings below this are out of range and change nothing."),
        Setting(
            "heart.smoothing.maximum_bpm", \.heart.smoothing.maximumBPM, .number(of: "bpm", from: 1, to: 1000), .live,
            "Readings above this are out of range and change nothing."),
        Setting(
            "heart.smoothing.startup_readings", \.heart.smoothing.startupReadings, .wholeNumber(in: 0...1000), .live,
            "How many readings pass unsmoothed at first, and again after the finger was lifted."),
    ]
}
