import Clocks
import Devices
import Drivers
import Events
import JSON
import Reactor
import Web

/// Searches of pages: each waits for what the scan of all of them finds.
@ReactorActor
final class DeviceDiscovery {
    private let bluetooth: BluetoothManager?
    private let registry: DeviceRegistry
    let timers: TimerQueue
    private var searches = 0

    nonisolated static let maximumSeconds = 120
    static let interval = Nanoseconds.milliseconds(500)

    /// - Parameter bluetooth: nil if Bluetooth is disabled.
    init(_ bluetooth: BluetoothManager?, registry: DeviceRegistry, timers: TimerQueue) {
        self.bluetooth = bluetooth
        self.registry = registry
        self.timers = timers
    }

    /// Begins to search, unless Bluetooth is unavailable. Call `searchEnded` when the search has ended.
    func beginSearch() throws(PageError) -> MonotonicTime {
        guard let bluetooth else { throw PageError(.serviceUnavailable, "Bluetooth is disabled (bluetooth.enabled)") }
        guard bluetooth.isReady else { throw PageError(.serviceUnavailable, "no Bluetooth adapter is ready") }
        if searches == 0 { bluetooth.scanNow(restarting: true) }
        searches += 1
        return timers.now
    }

    func searchEnded() { searches -= 1 }

    /// Continues the scan, and returns the timers and sensors found since `begin`. Connected devices do not advertise: they
    /// come first.
    func devices(since begin: MonotonicTime) -> [FoundDevice] {
        bluetooth?.scanNow(restarting: false)
        let connected = registry.records.filter {
            $0.link == .connected && $0.transport == .bluetooth && $0.isForStages
        }
        .map { FoundDevice(id: $0.id, family: $0.family, name: $0.ownName, signal: $0.signal) }
        let known = Set(connected.map(\.id))
        return connected + (bluetooth?.found(since: begin) ?? []).filter { !known.contains($0.id) && $0.isForStages }
    }

    /// What a whole search finds.
    func found(within duration: Nanoseconds) async throws(PageError) -> [FoundDevice] {
        let begin = try beginSearch()
        defer { searchEnded() }
        while timers.now - begin < duration, !Task.isCancelled {
            let remaining = duration - (timers.now - begin)
            await wait(min(remaining, Self.interval))
            _ = devices(since: begin)
        }
        return devices(since: begin)
    }

    private func wait(_ span: Nanoseconds) async {
        await withCheckedContinuation { continuation in
            _ = timers.after(span) { continuation.resume() }
        }
    }

    func write(_ device: FoundDevice, to writer: inout JSONWriter) {
        let record = registry[device.id]
        writer.beginObject()
        writer.member("address", device.id.text)
        writer.member("name", shown: device.name.flatMap { $0.isEmpty ? nil : $0 } ?? "Unknown")
        writer.member("rssi", orNull: device.signal.map { min(0, max(-100, $0)) })
        writer.member("type", device.isTimer ? "timer" : "accelerometer")
        writer.member("vendor", PageVendor.vendor(of: device.family))
        writer.member("pairable", true)
        writer.member("battery", orNull: record?.battery)
        writer.member("connection_status", record?.link == .connected ? "reachable" : "discoverable")
        writer.member("discovered_at", SystemClock.wall())
        writer.key("services")
        writer.beginArray()
        writer.endArray()
        writer.endObject()
    }
}

extension FoundDevice {
    fileprivate var isForStages: Bool {
        let role = DeviceDrivers.driver(of: family)?.role
        return role == .timer || role == .sensor
    }

    fileprivate var isTimer: Bool { DeviceDrivers.driver(of: family)?.role == .timer }
}

/// A search whose progress is sent to one client: `/ws/admin/devices/discover?duration=10`.
@ReactorActor
final class DiscoverySocket: WebSocketService {
    let settings: WebSocketSettings
    let deflater: Deflater?
    private let discovery: DeviceDiscovery
    private let duration: Nanoseconds
    private var begin: MonotonicTime?
    private var found: [FoundDevice] = []
    private var timer: TimerQueue.Token?
    private weak var client: WebSocketClient?

    init(_ discovery: DeviceDiscovery, seconds: Int, settings: WebSocketSettings, deflater: Deflater?) {
        self.discovery = discovery
        duration = .seconds(Int64(seconds))
        self.settings = settings
        self.deflater = deflater
    }

    func connected(_ client: WebSocketClient) {
        self.client = client
        send("start") { writer in
            writer.member("duration", duration.count / 1_000_000_000)
            writer.member("message", "Searching for timers and impact sensors")
        }
        do throws(PageError) {
            begin = try discovery.beginSearch()
        } catch {
            send("error") { $0.member("message", "The search failed: \(error.text)") }
            return client.close(.normal, reason: "The search failed")
        }
        report()
    }

    func disconnected(_: WebSocketClient) { end() }

    /// Clients have nothing to say during a search.
    func receive(_ message: WebSocketMessage, from client: WebSocketClient) {
        if (try? JSONValue(parsing: message.bytes)) == nil {
            send("error") { $0.member("message", "This message is not valid JSON and is ignored") }
        }
    }

    func notice(ofDropped _: Int) -> [UInt8]? { nil }

    private func report() {
        guard let begin, client?.isOpen == true else { return end() }
        let elapsed = min(discovery.timers.now - begin, duration)
        for device in discovery.devices(since: begin) where !found.contains(where: { $0.id == device.id }) {
            found.append(device)
            send("device_found") { writer in
                writer.key("device")
                discovery.write(device, to: &writer)
                writer.member("count", found.count)
                writer.member("elapsed", elapsed.inSeconds, decimals: 1)
            }
        }
        send("progress") { writer in
            writer.member("elapsed", elapsed.inSeconds, decimals: 1)
            writer.member("remaining", (duration - elapsed).inSeconds, decimals: 1)
            writer.member("progress", duration.count == 0 ? 100 : Int(elapsed.count * 100 / duration.count))
            writer.member("devices_found", found.count)
            writer.member("scan_status", "Scanning")
        }
        guard elapsed < duration else { return complete() }
        timer = discovery.timers.after(min(duration - elapsed, DeviceDiscovery.interval)) { [weak self] in
            self?.report()
        }
    }

    private func complete() {
        end()
        send("complete") { writer in
            writer.array("devices", found) { discovery.write($0, to: &$1) }
            writer.member("count", found.count)
            writer.member("duration", duration.count / 1_000_000_000)
            writer.member("message", found.count == 1 ? "1 device was found" : "\(found.count) devices were found")
        }
        client?.close(.normal, reason: "The search is complete")
    }

    private func end() {
        timer.take().map(discovery.timers.cancel)
        if begin.take() != nil { discovery.searchEnded() }
    }

    private func send(_ type: StaticString, _ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", type)
        members(&writer)
        writer.endObject()
        client?.send(writer.finish())
    }
}
