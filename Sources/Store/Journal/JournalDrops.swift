/// How many entries were given up for lack of room.
package struct JournalDrops: Equatable, Sendable {
    package var telemetry = 0
    package var urgent = 0

    package init(telemetry: Int = 0, urgent: Int = 0) {
        self.telemetry = telemetry
        self.urgent = urgent
    }

    package var total: Int { telemetry + urgent }

    package static func - (later: Self, earlier: Self) -> Self {
        Self(telemetry: later.telemetry - earlier.telemetry, urgent: later.urgent - earlier.urgent)
    }
}
