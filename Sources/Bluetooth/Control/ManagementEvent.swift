/// What the kernel says on its management socket, by itself or in answer to a command.
package enum ManagementEvent: Hashable, Sendable {
    case completed(ManagementReply)
    /// A command that came to nothing, or whose answer has no more than this to say.
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
    /// The device asks for other parameters of its link.
    case newConnectionParameters(ConnectionParameters)
    /// Nothing that we need.
    case other(UInt16)

    package enum DisconnectReason: UInt8, CaseIterable, Sendable {
        case unspecified
        /// Nothing was heard for as long as the supervision timeout.
        case timeout
        case local
        case remote
        case authentication
        case suspend
    }

    package struct FoundDevice: Hashable, Sendable {
        package let address: BluetoothAddress
        /// In dBm; nil when the controller could not tell.
        package let signal: Int8?
        package let isConnectable: Bool
        package let data: AdvertisingData
    }
}

/// What a command has brought.
package enum ManagementReply: Hashable, Sendable {
    case version(Int, revision: Int)
    case adapters([UInt16])
    case info(AdapterInfo)
    case settings(ManagementOpcode, AdapterSettings)
    case connections([BluetoothAddress])
    /// Nil when the controller could not tell.
    case signal(BluetoothAddress, Int8?)
    /// Done, and no more to say.
    case done(ManagementOpcode)
    /// To a command that is not ours: everybody hears some answers of everybody.
    case other(UInt16)
}

/// A packet of the management socket that was not taken. The raw value of the reason is a stable name.
package struct ManagementPacketError: Error, Hashable, Sendable {
    package enum Reason: String, CaseIterable, Sendable {
        /// Its length is not what it says, or not what such a packet has.
        case length
        /// A field holds what it cannot mean.
        case range
    }

    package let reason: Reason
    /// The number of the event; 0 when the packet has none.
    package let event: UInt16

    package init(_ reason: Reason, event: UInt16) {
        self.reason = reason
        self.event = event
    }
}
