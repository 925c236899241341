import Glibc
import Reactor

/// Where a link stood when it failed: the same error number means different things.
package enum LinkStage: String, CaseIterable, Sendable {
    /// No connection has been asked for yet.
    case preparing
    case connecting
    case open
}

/// Why a link to a device could not be had, or has ended. `docs/bluetooth.md` has the table of what the kernel says.
package enum LinkError: Error, Hashable, Sendable {
    /// The device has ended the link.
    case peerDisconnected
    /// Nothing has been heard for as long as the supervision timeout.
    case supervisionTimeout
    /// The connection was made, and was lost before the first packet came: the device is far away, or the air is full.
    case notEstablished
    /// The device has not answered: it is off, out of range, or somebody else's.
    case noResponse
    /// Somebody is connected to it already, maybe another program here, or the controller is busy.
    case busy
    /// The controller can keep no more links.
    case tooManyLinks
    /// The controller does not answer. Switching the adapter off and on may help.
    case controllerTimeout
    /// The adapter was pulled out, or has failed, while the link was up or being made.
    case adapterRemoved
    /// There is no such adapter, or it is off.
    case noAdapter
    /// The kernel has no Bluetooth, or this program is kept from its sockets.
    case noBluetooth
    case permissionDenied
    /// A packet was taken only in part. Nobody can go on behind that.
    case partialPacket
    /// We have given it up ourselves.
    case closed
    /// An error number without a meaning at this stage.
    case other(LinkStage, Int32)
}

extension LinkError {
    /// What an error number means. It depends on the stage: while connecting, ETIMEDOUT is the controller's silence, and
    /// later it is the device's.
    package init(_ code: Int32, at stage: LinkStage) {
        switch (stage, code) {
        case (_, EAFNOSUPPORT), (_, EPROTONOSUPPORT), (_, ESOCKTNOSUPPORT): self = .noBluetooth
        case (_, EPERM), (_, EACCES): self = .permissionDenied
        case (_, EHOSTUNREACH), (_, ENETDOWN), (_, ENETUNREACH), (_, ENODEV), (.preparing, EADDRNOTAVAIL):
            self = .noAdapter
        case (.preparing, _): self = .other(stage, code)
        case (_, ECONNABORTED): self = .adapterRemoved
        case (_, ENOSYS): self = .notEstablished
        case (_, EMSGSIZE): self = .partialPacket
        case (_, ECONNRESET), (.open, EPIPE), (.open, 0): self = .peerDisconnected
        case (.open, ETIMEDOUT): self = .supervisionTimeout
        case (.connecting, ETIMEDOUT): self = .controllerTimeout
        case (.connecting, ECONNREFUSED): self = .noResponse
        case (.connecting, EBUSY): self = .busy
        case (.connecting, EMLINK): self = .tooManyLinks
        default: self = .other(stage, code)
        }
    }

    /// A stable name for counters and logs.
    package var name: String {
        switch self {
        case .peerDisconnected: "hung_up"
        case .supervisionTimeout: "out_of_range"
        case .notEstablished: "not_established"
        case .noResponse: "not_answering"
        case .busy: "busy"
        case .tooManyLinks: "too_many_links"
        case .controllerTimeout: "controller_silent"
        case .adapterRemoved: "adapter_gone"
        case .noAdapter: "no_adapter"
        case .noBluetooth: "no_bluetooth"
        case .permissionDenied: "not_allowed"
        case .partialPacket: "cut_off"
        case .closed: "closed"
        case .other: "other"
        }
    }

    /// Whether it speaks against the adapter rather than against the device.
    package var concernsAdapter: Bool {
        switch self {
        case .controllerTimeout, .adapterRemoved, .noAdapter, .noBluetooth, .permissionDenied: true
        default: false
        }
    }
}

extension LinkError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .peerDisconnected: "the device has ended the link"
        case .supervisionTimeout: "nothing is heard of the device any more"
        case .notEstablished: "the link broke before the first packet; the device may be far away"
        case .noResponse: "the device does not answer; is it on, near, and free?"
        case .busy: "somebody is connected to the device already, or the adapter is busy"
        case .tooManyLinks: "the adapter can keep no more links; use a second adapter"
        case .controllerTimeout: "the adapter does not answer; switch it off and on"
        case .adapterRemoved: "the adapter has gone or failed"
        case .noAdapter: "there is no adapter, or it is off"
        case .noBluetooth: "the kernel offers no Bluetooth here"
        case .permissionDenied: "the system does not allow it"
        case .partialPacket: "a packet was taken only in part"
        case .closed: "we have ended the link"
        case .other(let stage, let code): "\(SystemError.text(of: code)) (\(stage.rawValue))"
        }
    }
}
