import Clocks

/// Which adapter to use.
package enum AdapterChoice: Hashable, Sendable {
    case any
    /// The number in `hci0`. It can change at a restart.
    case number(UInt16)
    /// 48 bits; the first byte of the text form is the most significant.
    case address(UInt64)

    func includes(_ number: UInt16, _ info: AdapterInfo) -> Bool {
        switch self {
        case .any: true
        case .number(let selected): selected == number
        case .address(let selected): selected == info.address.bits
        }
    }
}

/// What an `AdapterSupervisor` reports about adapters and devices.
package enum AdapterNotification: Hashable, Sendable {
    /// No usable adapter. Reported once, until there is one.
    case noAdapter
    /// The adapter is powered and usable.
    case ready(UInt16, AdapterInfo)
    case removed(UInt16)
    /// The adapter was switched off from outside and is now being switched on again.
    case poweredOff(UInt16)
    /// The adapter is blocked by rfkill.
    case blocked(UInt16)
    /// The process lacks CAP_NET_ADMIN.
    case permissionDenied
    case found(ManagementEvent.FoundDevice)
    case linkUp(BluetoothAddress)
    case linkDown(BluetoothAddress, ManagementEvent.DisconnectReason)
    case signal(BluetoothAddress, Int8?)
    /// The scan has stopped and the connection parameters are loaded: a connection may start.
    case scanStopped
    case problem(AdapterProblem)
    /// The recovery step in progress. The receiver must perform a `reset`.
    case recoveryStep(AdapterRecovery.Step, UInt16)
    case recovered
    case rejected(ManagementPacketError)
}

/// Why an adapter needs recovery.
package enum AdapterProblem: Hashable, Sendable {
    case unanswered(ManagementOpcode)
    case failed(ManagementOpcode, ManagementStatus)
    case controllerError(UInt8)
    /// A connection failed because of the adapter.
    case link(LinkError)
    /// The scan has found nothing for a long time, although it did before.
    case scanSilent
}

/// The recovery steps for an adapter that does not work, from least to most disruptive. Each step gets time to take
/// effect before the next one is tried.
package struct AdapterRecovery: Sendable {
    /// The raw values are stable names.
    package enum Step: String, CaseIterable, Sendable {
        case restartDiscovery = "restart_discovery"
        /// Disconnects all links of the adapter.
        case powerCycle = "power_cycle"
        /// The same without the management interface, in case that is what hangs.
        case reset
        /// No step helped. Another suitable adapter is used, or recovery starts again after `restInterval`.
        case giveUp = "give_up"
    }

    /// The least time between two steps.
    package static let stepInterval = Nanoseconds.seconds(10)
    /// The pause after the last step before the first is tried again.
    package static let restInterval = Nanoseconds.seconds(60)
    /// After this long without a problem, recovery starts at the first step.
    package static let resetInterval = Nanoseconds.seconds(300)

    private var next = 0
    private var last: MonotonicTime?

    package init() {}

    package var isActive: Bool { next > 0 }

    /// Returns the next step, or nil while the last one may still take effect.
    package mutating func nextStep(at now: MonotonicTime) -> Step? {
        if let last {
            let wait = next == 0 ? Self.restInterval : Self.stepInterval
            guard now - last >= wait else { return nil }
            if now - last >= Self.resetInterval { next = 0 }
        }
        let step = Step.allCases[next]
        next = (next + 1) % Step.allCases.count
        last = now
        return step
    }

    /// Ends recovery because the adapter works. Returns whether a recovery was in progress.
    package mutating func finish() -> Bool {
        defer { self = Self() }
        return last != nil
    }
}
