/// One port, for people.
package struct SerialPortStatus: Hashable, Sendable {
    package let path: String
    /// By what its device is known again.
    package let id: String
    package let name: String?
    package let usbID: String?
    /// A word: `reading`, `searching`, `resting`.
    package let state: String
    /// What is there, when that is known.
    package let device: String?
    /// Why it rests.
    package let reason: String?

    package init(
        path: String, id: String, name: String?, usbID: String?, state: String, device: String?, reason: String?
    ) {
        self.path = path
        self.id = id
        self.name = name
        self.usbID = usbID
        self.state = state
        self.device = device
        self.reason = reason
    }
}
