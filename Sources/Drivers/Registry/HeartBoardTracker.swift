import Clocks
import Events
import Reactor
import Signals

/// Reports heart boards that send datagrams to the registry. They have no connection, so they count as connected while
/// readings of their user arrive.
@ReactorActor
package final class HeartBoardTracker {
    private struct Board {
        let device: DeviceID
        /// Increases from board to board.
        let number: Int
    }

    private let devices: DeviceRegistry
    private var boards: [HeartUser: Board] = [:]
    private var nextNumber = 0
    /// More than any range has: forged senders must not fill the table.
    nonisolated static let maximumBoards = 128

    package init(_ devices: DeviceRegistry) {
        self.devices = devices
    }

    /// Only UDP: boards on serial ports and straps are reported by the owners of their connections.
    package func userAppeared(_ event: HeartEvent, by transport: HeartTransport, at moment: Moment) {
        guard transport == .udp, boards[event.user] != nil || boards.count < Self.maximumBoards || makeRoom(at: moment)
        else { return }
        devices.recordSighting(
            event.device, family: .esp32Heart, name: nil, transport: .network, signal: signal(event), at: moment)
        guard devices[event.device]?.transport == .network else { return }
        boards[event.user] = Board(device: event.device, number: boards[event.user]?.number ?? nextNumber)
        nextNumber += 1
        devices.markConnected(event.device, at: moment)
    }

    /// Drops the board that appeared first of those about which the operator has decided nothing, so that forged senders
    /// cannot keep out a real board that is switched on later. False if the operator knows them all.
    private func makeRoom(at moment: Moment) -> Bool {
        let unknown = boards.filter { devices[$0.value.device]?.isUndecided ?? true }
        guard let oldest = unknown.min(by: { $0.value.number < $1.value.number }) else { return false }
        boards[oldest.key] = nil
        devices.markDisconnected(oldest.value.device, .silent, at: moment)
        devices.drop(oldest.value.device)
        return true
    }

    package func userWentSilent(_ user: HeartUser, at moment: Moment) {
        guard let board = boards.removeValue(forKey: user) else { return }
        devices.markDisconnected(board.device, .silent, at: moment)
    }

    /// The signal strength in dBm, if the board reports it.
    private func signal(_ event: HeartEvent) -> Int? {
        event.members["signal_strength"]?.double(in: event.members.bytes).flatMap { Int(exactly: $0.rounded()) }
            .flatMap { -127...20 ~= $0 ? $0 : nil }
    }
}
