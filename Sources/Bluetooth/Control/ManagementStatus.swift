/// How a management command went.
package enum ManagementStatus: UInt8, CaseIterable, Sendable {
    case success
    case unknownCommand
    case notConnected
    case failed
    case connectFailed
    case authenticationFailed
    case notPaired
    case noResources
    case timeout
    case alreadyConnected
    case busy
    case rejected
    case notSupported
    case invalidParameters
    case disconnected
    case notPowered
    case cancelled
    /// There is no such adapter, or no longer.
    case invalidIndex
    /// A switch, of hardware or of software, keeps the radio off.
    case blocked
    case alreadyPaired
    case permissionDenied
}

/// What an adapter can do, or does now.
package struct AdapterSettings: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let powered = Self(rawValue: 1 << 0)
    package static let classic = Self(rawValue: 1 << 7)
    package static let lowEnergy = Self(rawValue: 1 << 9)
}

/// What the kernel tells of an adapter.
package struct AdapterInfo: Hashable, Sendable {
    package let address: BluetoothAddress
    /// Of the Core specification, as the controller numbers it: 6 is 4.0, 9 is 5.0.
    package let version: UInt8
    package let manufacturer: UInt16
    package let supported: AdapterSettings
    package internal(set) var current: AdapterSettings
    package let name: String
}
