import Configuration

/// Whether the gateway uses a device. The raw value is a stable name, also in the file of known devices.
package enum Adoption: String, CaseIterable, Sendable {
    case use
    /// It is good to be used, and waits for the user to say so.
    case ask
    /// It is listed, and left alone until the user adopts it.
    case ignore
    /// The user wants to hear no more of it; it is left alone even where everything is adopted.
    case forgotten

    /// What becomes of a device that is met for the first time.
    package init(_ policy: Configuration.Devices.Adopt) {
        switch policy {
        case .adopt: self = .use
        case .ask: self = .ask
        case .list: self = .ignore
        }
    }
}
