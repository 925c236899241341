import Events
import Glibc
import Hub
import Metrics
import Reactor

/// Process metrics under the names of Prometheus' client libraries.
enum ProcessMetrics {
    @ReactorActor
    static func register(in registry: MetricsRegistry) {
        let iterations = registry.histogram(
            "leadville_loop_turn_seconds",
            "Duration of one event loop iteration: the maximum delay of anything else.")
        EventLoop.shared.onIteration = { iterations.observe($0) }
        registry.gauge("process_resident_memory_bytes", "Resident memory size.") {
            Double(ProcessMemory.residentBytes)
        }
        registry.gauge("process_open_fds", "Number of open file descriptors.") { openDescriptors() }
        registry.seconds("process_cpu_seconds_total", "CPU time used.", read: processorSeconds)
    }

    private static func processorSeconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    private static func openDescriptors() -> Double {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Without `.`, `..` and the directory itself.
        return Double(max(0, count - 3))
    }
}

enum HubMetrics {
    @ReactorActor
    static func register(_ hub: Hub, in registry: MetricsRegistry) {
        for kind in EventKind.allCases {
            registry.counter("leadville_events_total", "Events published, by kind.", ["kind": kind.name]) {
                hub.publishedCount(kind)
            }
        }
    }
}
