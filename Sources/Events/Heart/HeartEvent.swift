import JSON

/// One reading of a heart, and what the gateway made of it. An object, because it is handed on more often than any other
/// event, and has more than any other to be copied.
package final class HeartEvent: Sendable {
    package let user: HeartUser
    package let device: DeviceID
    package let family: DeviceFamily
    /// Where the reading came from: an IP address, a Bluetooth address or a port's path.
    package let source: String
    /// What the device measured, in beats per minute.
    package let measured: Double
    /// The rate to show, or why there is none.
    package let rate: HeartRate
    /// Over the user's recent rates; nil while there are none.
    package let statistics: HeartStatistics?
    /// Whether the sensor touches the skin; nil when the device cannot tell.
    package let contact: Bool?
    /// What the device sent, if it speaks JSON, so that clients get its members as they came.
    package let members: JSONMembers

    package init(
        user: HeartUser, device: DeviceID, family: DeviceFamily, source: String, measured: Double, rate: HeartRate,
        statistics: HeartStatistics?, contact: Bool?, members: JSONMembers = JSONMembers()
    ) {
        self.user = user
        self.device = device
        self.family = family
        self.source = source
        self.measured = measured
        self.rate = rate
        self.statistics = statistics
        self.contact = contact
        self.members = members
    }
}

extension HeartEvent: Hashable {
    package static func == (left: HeartEvent, right: HeartEvent) -> Bool {
        left === right
            || left.user == right.user && left.device == right.device && left.family == right.family
                && left.source == right.source && left.measured == right.measured && left.rate == right.rate
                && left.statistics == right.statistics && left.contact == right.contact
                && left.members == right.members
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(user)
        hasher.combine(measured)
        hasher.combine(members)
    }
}
