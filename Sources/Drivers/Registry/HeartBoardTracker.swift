import Clocks
import Events
import Reactor
import Signals

/// Reports heart boards that send datagrams to the registry. They have no connection, so they count as connected while
/// readings of their user arrive.
@ReactorActor
package final class HeartBoardTracker {
    private let devices: DeviceRegistry
    private var boards: [HeartUser: DeviceID] = [:]
    /// More than any range has: forged senders must not fill the table.
    private nonisolated static let maximumBoards = 128

    package init(_ devices: DeviceRegistry) {
        self.devices = devices
    }

    /// Only UDP: boards on serial ports and straps are reported by the owners of their connections.
    package func userAppeared(_ event: HeartEvent, by transport: HeartTransport, at moment: Moment) {
        guard transport == .udp, boards[event.user] != nil || boards.count < Self.maximumBoards else { return }
        devices.recordSighting(
            event.device, family: .esp32Heart, name: nil, transport: .network, signal: signal(event), at: moment)
        guard devices[event.device]?.transport == .network else { return }
        boards[event.user] = event.device
        devices.markConnected(event.device, at: moment)
    }

    package func userWentSilent(_ user: HeartUser, at moment: Moment) {
        guard let board = boards.removeValue(forKey: user) else { return }
        devices.markDisconnected(board, .silent, at: moment)
    }

    /// The signal strength in dBm, if the board reports it.
    private func signal(_ event: HeartEvent) -> Int? {
        event.members["signal_strength"]?.double(in: event.members.bytes).flatMap { Int(exactly: $0.rounded()) }
            .flatMap { -127...20 ~= $0 ? $0 : nil }
    }
}
