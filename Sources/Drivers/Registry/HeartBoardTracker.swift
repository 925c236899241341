import Clocks
import Events
import Reactor
import Signals

/// Boards that send datagrams, for the registry: nobody connects to them, so they are there as long as their user is
/// heard. Nothing is done for a single reading.
@ReactorActor
package final class HeartBoardTracker {
    private let devices: DeviceRegistry
    private var boards: [HeartUser: DeviceID] = [:]
    /// Far more than a range has; invented ones shall not fill the table.
    private nonisolated static let maximumBoards = 128

    package init(_ devices: DeviceRegistry) {
        self.devices = devices
    }

    /// A user is heard who was not heard before. Boards on cables and straps are held by others, who tell of them.
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

    /// In dBm, if the board says so.
    private func signal(_ event: HeartEvent) -> Int? {
        event.members["signal_strength"]?.double(in: event.members.bytes).flatMap { Int(exactly: $0.rounded()) }
            .flatMap { -127...20 ~= $0 ? $0 : nil }
    }
}
