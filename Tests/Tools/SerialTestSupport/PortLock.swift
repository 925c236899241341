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
        // A child process of another test, which is being started, has a copy of the descriptor for a moment.
        if let number = descriptor?.number { flock(number, LOCK_UN) }
        descriptor = nil
    }
}

extension VirtualSerialPort {
    /// Whether no process holds its lock.
    package var isFree: Bool {
        guard let lock = PortLock(path) else { return false }
        lock.release()
        return true
    }
}
