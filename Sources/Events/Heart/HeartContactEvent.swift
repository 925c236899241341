/// How well a heart sensor touches the skin has changed.
package struct HeartContactEvent: Hashable, Sendable {
    /// Nil as long as the device has not said whose heart it is.
    package let user: HeartUser?
    package let device: DeviceID
    package let family: DeviceFamily
    package let contact: HeartContact
    /// What it was before; nil when this is the first that is known.
    package let previous: HeartContact?
    /// The infrared light that came back, in the sensor's counts; nil for devices without light.
    package let infrared: Int?

    package init(
        user: HeartUser?, device: DeviceID, family: DeviceFamily, contact: HeartContact, previous: HeartContact?,
        infrared: Int?
    ) {
        self.user = user
        self.device = device
        self.family = family
        self.contact = contact
        self.previous = previous
        self.infrared = infrared
    }
}

/// How a sensor lies on the skin. The raw value is a stable name.
package enum HeartContact: String, CaseIterable, Sendable {
    case good
    /// It may do; pressing firmer would help.
    case weak
    case none
}
