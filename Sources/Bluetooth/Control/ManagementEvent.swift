/// An event of the kernel's management socket.
package enum ManagementEvent: Hashable, Sendable {
    case completed(ManagementReply)
    /// A command failed, or completed without data.
    case status(command: UInt16, ManagementStatus)
    case controllerError(UInt8)
    case adapterAdded
    case adapterRemoved
    case settings(AdapterSettings)
    case connected(BluetoothAddress)
    case disconnected(BluetoothAddress, DisconnectReason)
    case connectFailed(BluetoothAddress, ManagementStatus)
    case found(FoundDevice)
    case discovering(Bool)
    /// The device requests other connection parameters.
    case newConnectionParameters(ConnectionParameters)
    /// Not used.
    case other(UInt16)

    package enum DisconnectReason: UInt8, CaseIterable, Sendable {
        case unspecified
        /// The supervision timeout expired.
        case timeout
        case local
        case remote
        case authentication
        case suspend
    }

    package struct FoundDevice: Hashable, Sendable {
        package let address: BluetoothAddress
        /// In dBm; nil if the controller did not report one.
        package let signal: Int8?
        package let isConnectable: Bool
        package let data: AdvertisingData
    }
}

/// The result of a completed command.
package enum ManagementReply: Hashable, Sendable {
    case version(Int, revision: Int)
    case adapters([UInt16])
    case info(AdapterInfo)
    case settings(ManagementOpcode, AdapterSettings)
    case connections([BluetoothAddress])
    /// Nil if the controller did not report one.
    case signal(BluetoothAddress, Int8?)
    /// Completed without data.
    case done(ManagementOpcode)
    /// The result of a command of another client. All clients receive some of them.
    case other(UInt16)
}

/// A rejected packet of the management socket. The raw values of the reasons are stable names.
package struct ManagementPacketError: Error, Hashable, Sendable {
    package enum Reason: String, CaseIterable, Sendable {
        /// The length does not match the header, or is wrong for this event.
        case length
        /// A field has an invalid value.
        case range
    }

    package let reason: Reason
    /// The event code, or 0 if the packet has none.
    package let event: UInt16

    package init(_ reason: Reason, event: UInt16) {
        self.reason = reason
        self.event = event
    }
}

/// The status of a management command (net/bluetooth/mgmt.h).
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
    /// The adapter does not exist, or no longer.
    case invalidIndex
    /// rfkill blocks the adapter.
    case blocked
    case alreadyPaired
    case permissionDenied
}

/// What an adapter supports, or has enabled.
package struct AdapterSettings: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let powered = Self(rawValue: 1 << 0)
    package static let classic = Self(rawValue: 1 << 7)
    package static let lowEnergy = Self(rawValue: 1 << 9)
}

/// The kernel's information about an adapter.
package struct AdapterInfo: Hashable, Sendable {
    package let address: BluetoothAddress
    /// The version of the Core specification as the controller encodes it: 6 is 4.0, 9 is 5.0.
    package let version: UInt8
    package let manufacturer: UInt16
    package let supported: AdapterSettings
    package internal(set) var current: AdapterSettings
    package let name: String
}
