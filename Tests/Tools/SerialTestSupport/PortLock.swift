import Glibc
import Reactor
import VirtualDevices

/// Waits until the event loop has run.
package func loopIterations(_ count: Int) async {
    for _ in 0..<count { try? await EventLoop.shared.timers.sleep(for: .microseconds(200)) }
}

/// Another process that has a port open and locked.
@ReactorActor
package final class PortLock {
    private var descriptor: OwnedDescriptor?

    package init?(_ path: String) {
        let number = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { return nil }
        descriptor = OwnedDescriptor(adopting: number)
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    package func release() {
        descriptor = nil
    }
}

extension VirtualSerialPort {
    /// Whether no process holds its lock.
    package var isFree: Bool { PortLock(path) != nil }
}
