extension Schema {
    /// The gateway's own. A new key is one line here and one field in ``Configuration``.
    package static let gateway = Schema(
        sections: [
            Section("log", "What the gateway says about itself."),
            Section("http", "The port for pages, interfaces and the live socket (/ws/live)."),
            Section("live", "The live socket again, on the port of LeadVille's stand-alone setting."),
            Section("heart", "The heart-rate broker: datagrams from the boards in, a WebSocket broadcast out."),
            Section(
                "heart.smoothing",
                "How readings become a steady number: a moving average, and a median instead of an outlier."),
            Section("serial", "Boards and mats on serial ports."),
            Section("bluetooth", "Timers, sensors and straps on the radio."),
            Section("devices", "The devices that the gateway knows, on whichever cable or radio."),
            Section("range", "Strings of fire, impacts, and the runs that are made of them."),
            Section("web", "Limits and patience of every HTTP and WebSocket connection, on whichever port."),
            Section("web.compression", "permessage-deflate, for WebSocket clients that offer it."),
            Section("store", "The journal of events, in a SQLite database."),
        ],
        settings: general + log + listeners + heart + smoothing + serial + bluetooth + devices + range + web
            + compression + store)

    private static let log = [
        Setting("log.level", \.log.level, .choice, .live, "The least serious message that is written."),
        Setting(
            "log.format", \.log.format, .choice, .restart,
            "Where messages go: text to standard error, fields to the systemd journal, or whichever of the two fits."),
    ]

    private static let general = [
        Setting(
            "state_directory", \.stateDirectory, .path, .restart,
            """
            Where the gateway keeps what must outlive it. When empty: the directory that systemd assigned \
            ($STATE_DIRECTORY), otherwise a place of the user who runs it.
            """),
        Setting(
            "shutdown_timeout", \.shutdownTimeout, .duration(from: .zero, to: .seconds(600)), .live,
            "How long clients may take to receive what is waiting for them when the gateway stops."),
    ]

    private static let listeners = [
        Setting("http.host", \.http.host, .host, .restart, "The address to listen on; every one when empty."),
        Setting("http.port", \.http.port, .port, .restart, "The TCP port to listen on."),
        Setting(
            "http.cors_origins", \.http.corsOrigins,
            .list(of: .origin, expected: "a list of origins", maximum: 100), .restart,
            "Web pages from these origins may use the interfaces; \"*\" stands for all of them."),
        Setting(
            "http.token", \.http.token, .secret, .live,
            """
            What a request that changes something must show as "Authorization: Bearer TOKEN"; when empty, nothing has to \
            be shown. `openssl rand -hex 16` makes a good one.
            """),
        Setting("live.host", \.live.host, .host, .restart, "The address to listen on; every one when empty."),
        Setting(
            "live.port", \.live.port, .wholeNumber(in: 0...65535), .restart,
            "The TCP port to listen on; 0 leaves it closed."),
    ]

    private static let store = [
        Setting("store.enabled", \.store.enabled, .flag, .restart, "Whether events are kept at all."),
        Setting(
            "store.file", \.store.file, .path, .restart,
            "The database file; when empty, gateway.db in the state directory."),
        Setting(
            "store.telemetry", \.store.telemetry, .flag, .live,
            "Whether heart rates and the like are kept too, not only what happens once, such as shots."),
        Setting(
            "store.retention_days", \.store.retentionDays, .wholeNumber(of: "days", in: 1...36_500), .live,
            "Older events are deleted."),
        Setting(
            "store.maximum_megabytes", \.store.maximumMegabytes, .wholeNumber(of: "megabytes", in: 1...1_048_576),
            .live, "When the database grows beyond this, the oldest events are deleted."),
    ]
}
