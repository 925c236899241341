import Glibc
import Reactor

/// The state of a link when it failed. The meaning of an error number depends on it.
package enum LinkStage: String, CaseIterable, Sendable {
    /// Before the call of connect.
    case preparing
    case connecting
    case open
}

/// Why a connection failed or a link ended. `docs/bluetooth.md` has the table of error numbers.
package enum LinkError: Error, Hashable, Sendable {
    /// The device disconnected.
    case peerDisconnected
    /// The supervision timeout expired.
    case supervisionTimeout
    /// The link ended before the first packet: the device is too far away, or there is interference.
    case notEstablished
    /// The device did not respond: it is off, out of range, or connected to another host.
    case noResponse
    /// The device is connected already, perhaps to another program on this host, or the controller is busy.
    case busy
    /// The controller supports no more links.
    case tooManyLinks
    /// The controller does not respond. Power-cycling the adapter may help.
    case controllerTimeout
    /// The adapter was removed or failed during the connection.
    case adapterRemoved
    /// The adapter does not exist, or is off.
    case noAdapter
    /// The kernel lacks Bluetooth, or a sandbox blocks its sockets.
    case noBluetooth
    case permissionDenied
    /// The kernel accepted only part of a packet.
    case partialPacket
    /// Closed by this program.
    case closed
    /// An error number with no known meaning in this state.
    case other(LinkStage, Int32)
}

extension LinkError {
    /// Maps an error number. While connecting, ETIMEDOUT means that the controller is silent; later, that the device
    /// is.
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

    /// Whether the adapter is the cause, not the device.
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
        case .peerDisconnected: "the device disconnected"
        case .supervisionTimeout: "the device is out of range"
        case .notEstablished: "the connection failed to be established; the device may be too far away"
        case .noResponse: "the device does not respond; check that it is on, in range and not connected to another host"
        case .busy: "the device is already connected, or the adapter is busy"
        case .tooManyLinks: "the adapter supports no more connections; use a second adapter"
        case .controllerTimeout: "the adapter does not respond; switch it off and on"
        case .adapterRemoved: "the adapter was removed or failed"
        case .noAdapter: "no adapter, or it is off"
        case .noBluetooth: "the kernel does not support Bluetooth"
        case .permissionDenied: "permission denied"
        case .partialPacket: "a packet was sent only partially"
        case .closed: "closed by the gateway"
        case .other(let stage, let code): "\(SystemError.text(of: code)) (\(stage.rawValue))"
        }
    }
}
