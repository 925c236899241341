import CUdev
import Glibc
import Reactor

/// Tells which serial ports there are, and when one comes or goes.
@ReactorActor
package final class PortMonitor: DescriptorHandler {
    private let library: UdevContext
    private let onChange: ([PortChange]) -> Void
    private var table = PortTable()
    private var watch: EventLoop.Watch?
    /// How often events were lost and all ports were looked at anew.
    package private(set) var overflows = 0

    /// A hub with all its ports on it comes as one burst. This is room for thousands of events, and costs nothing until
    /// they come; without the privilege to ask for it the system's own limit applies.
    private static let bufferSize: Int32 = 16 << 20
    /// So that a flood of events does not keep everything else waiting.
    private static let eventsPerIteration = 64

    package init(onChange: @escaping @ReactorActor ([PortChange]) -> Void) throws(SystemError) {
        library = try UdevContext()
        self.onChange = onChange
    }

    /// Begins: first all that are there are `added`.
    package func start() throws(SystemError) {
        udev_monitor_filter_add_match_subsystem_devtype(library.monitor, "tty", nil)
        udev_monitor_set_receive_buffer_size(library.monitor, Self.bufferSize)
        let result = udev_monitor_enable_receiving(library.monitor)
        guard result >= 0 else { throw SystemError("listening to udev", code: -result) }
        watch = try EventLoop.shared.watch(
            udev_monitor_get_fd(library.monitor), for: .readable, handler: self)
        // Only now, so that nothing can come between the two.
        report(table.reconcile(library.ports()))
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
            if let device = UdevDevice(udev_monitor_receive_device(library.monitor)) {
                if let event = PortEvent(device) { report(table.apply(event)) }
            } else if errno == ENOBUFS {
                overflows += 1
                report(table.reconcile(library.ports()))
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

/// What libudev hands out at the beginning, given back at the end.
private final class UdevContext {
    let monitor: OpaquePointer
    private let context: OpaquePointer

    init() throws(SystemError) {
        guard let context = udev_new() else { throw SystemError("udev_new") }
        // "udev" and not "kernel": the words of the daemon, after its rules have made the port ready to be opened.
        guard let monitor = udev_monitor_new_from_netlink(context, "udev") else {
            let error = SystemError("asking udev for events")
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

    /// All ports that there are.
    func ports() -> [PortDescription] {
        guard let enumeration = udev_enumerate_new(context) else { return [] }
        defer { udev_enumerate_unref(enumeration) }
        udev_enumerate_add_match_subsystem(enumeration, "tty")
        udev_enumerate_scan_devices(enumeration)
        // Without the daemon no device ever becomes ready.
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
    /// The ports that there are now, for whoever does not stay to hear of others.
    package static func ports() throws(SystemError) -> [KnownPort] {
        let monitor = try PortMonitor { _ in }
        monitor.report(monitor.table.reconcile(monitor.library.ports()))
        return monitor.ports
    }
}
