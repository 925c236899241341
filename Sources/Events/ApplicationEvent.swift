/// An event that application code published. It reaches clients and the journal; the range never takes it for a report
/// of a device.
package struct ApplicationEvent: Hashable, Sendable {
    /// The raw value is the type in client messages.
    package enum Kind: String, CaseIterable, Sendable {
        case status
        case sensorEvent = "sensor_event"
        case timerEvent = "timer_event"
        case runUpdate = "run_update"
    }

    package let kind: Kind
    /// The application's name for it: `system_startup`.
    package let name: String
    /// The sensor, timer or run that it names; nil if it names none.
    package let subject: String?
    /// A sentence for people, of a status.
    package let message: String?
    /// A JSON object, as the application wrote it.
    package let data: [UInt8]
    /// The address of the client that published it.
    package let client: String

    package init(kind: Kind, name: String, subject: String?, message: String?, data: [UInt8], client: String) {
        self.kind = kind
        self.name = name
        self.subject = subject
        self.message = message
        self.data = data
        self.client = client
    }
}
