/// Which adapter is used.
package enum AdapterChoice: Hashable, Sendable {
    case any
    /// The number in `hci0`. It may be another adapter after the next start.
    case number(UInt16)
    /// 48 bits, the first byte of the written form on top.
    case address(UInt64)

    func includes(_ number: UInt16, _ info: AdapterInfo) -> Bool {
        switch self {
        case .any: true
        case .number(let wanted): wanted == number
        case .address(let wanted): wanted == info.address.bits
        }
    }
}

/// What there is to be told of adapters, and what comes through the one that is used.
package enum AdapterNotification: Hashable, Sendable {
    /// Said once, until there has been one.
    case noAdapter
    /// It is powered, and can be used.
    case ready(UInt16, AdapterInfo)
    case removed(UInt16)
    /// Somebody, or something, has switched it off some time ago; now it is switched on again.
    case poweredOff(UInt16)
    /// A switch of hardware or software keeps it off.
    case blocked(UInt16)
    /// This program lacks CAP_NET_ADMIN.
    case permissionDenied
    case found(ManagementEvent.FoundDevice)
    case linkUp(BluetoothAddress)
    case linkDown(BluetoothAddress, ManagementEvent.DisconnectReason)
    case signal(BluetoothAddress, Int8?)
    /// The scan that was to end has ended, and the parameters of links are loaded.
    case scanStopped
    case problem(AdapterProblem)
    /// What is being tried against it. A `reset` is for whoever hears this to perform.
    case recoveryStep(AdapterRecovery.Step, UInt16)
    case recovered
    case rejected(ManagementPacketError)
}

/// What is wrong with an adapter.
package enum AdapterProblem: Hashable, Sendable {
    case unanswered(ManagementOpcode)
    case failed(ManagementOpcode, ManagementStatus)
    case controllerError(UInt8)
    /// A link could not be had, for a reason that is the adapter's.
    case link(LinkError)
    /// It has heard nothing for a long time, though it did before and is scanning.
    case scanSilent
}
