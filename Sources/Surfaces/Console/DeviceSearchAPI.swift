import Clocks
import Devices
import Drivers
import Events
import JSON
import Reactor
import ShootingRange
import Web

/// A search for Bluetooth devices that a page follows and can stop: `/api/search`.
@ReactorActor
package final class DeviceSearchAPI: Surface {
    /// Nil if Bluetooth is disabled.
    private let bluetooth: BluetoothManager?
    private unowned let registry: DeviceRegistry
    private let timers: TimerQueue
    private var search: Search?
    private var timer: TimerQueue.Token?

    private struct Search {
        let began: MonotonicTime
        let duration: Nanoseconds
        /// Nil while it goes on.
        var ended: MonotonicTime?
    }

    package init(
        _ bluetooth: BluetoothManager?, registry: DeviceRegistry, timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.bluetooth = bluetooth
        self.registry = registry
        self.timers = timers
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/search", DeviceDocumentation.search) { [self] _ in .response(state()) }
        routes.add(.post, "/api/search", DeviceDocumentation.beginSearch) { [self] request in
            RangeAPI.reply { () throws(RangeError) in
                let members = try RequestMembers(request.object(), known: ["seconds"])
                try begin(for: Nanoseconds(seconds: try members.number("seconds", in: 1...120) ?? 15))
                return state(.accepted)
            }
        }
        routes.add(.delete, "/api/search", DeviceDocumentation.endSearch) { [self] _ in
            end()
            return .response(state())
        }
    }

    private func begin(for duration: Nanoseconds) throws(RangeError) {
        guard let bluetooth else { throw .unavailable("Bluetooth is disabled (bluetooth.enabled)") }
        guard bluetooth.isReady else { throw .unavailable("no Bluetooth adapter is ready") }
        end()
        search = Search(began: timers.now, duration: duration)
        bluetooth.scanNow(restarting: true)
        scheduleScan()
    }

    private func end() {
        timer.take().map(timers.cancel)
        if search?.ended == nil { search?.ended = timers.now }
    }

    /// Scans pause by themselves when every device is connected: a search keeps scanning.
    private func scheduleScan() {
        guard let search, search.ended == nil else { return }
        let remaining = search.duration - (timers.now - search.began)
        guard remaining > .zero else { return end() }
        timer = timers.after(min(remaining, DeviceDiscovery.interval)) { [weak self] in
            self?.bluetooth?.scanNow(restarting: false)
            self?.scheduleScan()
        }
    }

    private func state(_ status: HTTPStatus = .ok) -> HTTPResponse {
        .object(status: status) { writer in
            writer.member("searching", search.map { $0.ended == nil } ?? false)
            writer.member("seconds", search?.duration.inSeconds ?? 0, decimals: 1)
            writer.member(
                "elapsed_seconds", search.map { ($0.ended ?? timers.now) - $0.began }?.inSeconds ?? 0, decimals: 1)
            writer.array("found", search.flatMap { bluetooth?.found(since: $0.began) } ?? []) { write($0, to: &$1) }
        }
    }

    private func write(_ device: FoundDevice, to writer: inout JSONWriter) {
        let record = registry.device(device.id.text)
        writer.beginObject()
        writer.member("id", device.id.text)
        writer.member("name", record?.givenName ?? device.name ?? record?.ownName ?? device.id.text)
        writer.member("family", device.family.rawValue)
        writer.member("role", orNull: DeviceDrivers.driver(of: device.family)?.role.rawValue)
        writer.member("signal", orNull: device.signal)
        writer.member("state", orNull: record?.state.rawValue)
        writer.endObject()
    }
}
