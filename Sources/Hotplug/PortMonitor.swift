import CUdev
import Glibc
import Reactor

/// Lists the serial ports and reports when one is added, removed or changed.
@ReactorActor
package final class PortMonitor: DescriptorHandler {
    private let udev: UdevContext
    private let onChange: ([PortChange]) -> Void
    private var table = PortTable()
    private var watch: EventLoop.Watch?
    /// How often the kernel dropped events, so that all ports were enumerated again.
    package private(set) var overflows = 0

    /// Room for thousands of events: a USB hub with many ports appears as one burst. Memory is used only as needed;
    /// without the privilege to raise the buffer, the system's limit applies.
    private static let bufferSize: Int32 = 16 << 20
    /// Bounds the work per loop iteration during a flood of events.
    private static let eventsPerIteration = 64

    package init(onChange: @escaping @ReactorActor ([PortChange]) -> Void) throws(SystemError) {
        udev = try UdevContext()
        self.onChange = onChange
    }

    /// Starts monitoring and reports every present port as `added`.
    package func start() throws(SystemError) {
        udev_monitor_filter_add_match_subsystem_devtype(udev.monitor, "tty", nil)
        udev_monitor_set_receive_buffer_size(udev.monitor, Self.bufferSize)
        let result = udev_monitor_enable_receiving(udev.monitor)
        guard result >= 0 else { throw SystemError("udev_monitor_enable_receiving", code: -result) }
        watch = try EventLoop.shared.watch(
            udev_monitor_get_fd(udev.monitor), for: .readable, handler: self)
        // Enumerate after subscribing, so that no event falls between the two.
        report(table.reconcile(udev.ports()))
    }

    package func close() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
    }

    package var ports: [KnownPort] { table.all }

    package var ignoredPorts: Int { table.ignoredPorts }

    package func descriptorIsReady(_: Readiness) {
        for _ in 0..<Self.eventsPerIteration {
            errno = 0
            if let device = UdevDevice(udev_monitor_receive_device(udev.monitor)) {
                if let event = PortEvent(device) { report(table.apply(event)) }
            } else if errno == ENOBUFS {
                overflows += 1
                report(table.reconcile(udev.ports()))
            } else {
                return
            }
        }
    }

    private func report(_ changes: [PortChange]) {
        if !changes.isEmpty { onChange(changes) }
    }
}

extension PortEvent {
    init?(_ device: UdevDevice) {
        if device.action == "remove" {
            guard let path = device.systemPath else { return nil }
            self = .removed(systemPath: path)
        } else {
            guard let description = PortDescription(device) else { return nil }
            let former = device.action == "move" ? device.formerSystemPath : nil
            self = former.map { .moved(description, from: $0) } ?? .present(description)
        }
    }
}

/// Owns the libudev context and its monitor.
private final class UdevContext {
    let monitor: OpaquePointer
    private let context: OpaquePointer

    init() throws(SystemError) {
        guard let context = udev_new() else { throw SystemError("udev_new") }
        // "udev" instead of "kernel": events are sent after the daemon's rules have set permissions and properties.
        guard let monitor = udev_monitor_new_from_netlink(context, "udev") else {
            let error = SystemError("udev_monitor_new_from_netlink")
            udev_unref(context)
            throw error
        }
        self.context = context
        self.monitor = monitor
    }

    deinit {
        udev_monitor_unref(monitor)
        udev_unref(context)
    }

    func ports() -> [PortDescription] {
        guard let enumeration = udev_enumerate_new(context) else { return [] }
        defer { udev_enumerate_unref(enumeration) }
        udev_enumerate_add_match_subsystem(enumeration, "tty")
        udev_enumerate_scan_devices(enumeration)
        // Without the udev daemon no device ever becomes initialised.
        let waitsForRules = access("/run/udev/control", F_OK) == 0
        var ports: [PortDescription] = []
        var entry = udev_enumerate_get_list_entry(enumeration)
        while let current = entry {
            entry = udev_list_entry_get_next(current)
            guard let device = UdevDevice(udev_device_new_from_syspath(context, udev_list_entry_get_name(current))),
                device.isReady || !waitsForRules, let port = PortDescription(device)
            else { continue }
            ports.append(port)
        }
        return ports
    }
}

extension PortMonitor {
    /// The ports present now, without monitoring.
    package static func ports() throws(SystemError) -> [KnownPort] {
        let monitor = try PortMonitor { _ in }
        monitor.report(monitor.table.reconcile(monitor.udev.ports()))
        return monitor.ports
    }
}
