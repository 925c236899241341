import CLinux
import Glibc

/// Signals as events of the loop. They must be blocked before the first thread is made, so that no thread is
/// interrupted by them; then they wait here to be read.
@ReactorActor
package final class ProcessSignals: DescriptorHandler {
    private let descriptor: OwnedDescriptor
    private let onSignal: (Int32) -> Void
    private var watch: EventLoop.Watch?

    /// Call first thing in `main`. A write to a closed connection must be an error there, never the end of the program.
    package nonisolated static func block(_ signals: [Int32]) {
        var set = mask(signals)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    package init(_ signals: [Int32], onSignal: @escaping @ReactorActor (Int32) -> Void) throws(SystemError) {
        var set = Self.mask(signals)
        let flags = Int32(SFD_CLOEXEC | SFD_NONBLOCK)
        descriptor = try OwnedDescriptor(signalfd(-1, &set, flags), from: "signalfd")
        self.onSignal = onSignal
        watch = try EventLoop.shared.watch(descriptor.number, for: .readable, handler: self)
    }

    package func descriptorIsReady(_: Readiness) {
        var info = signalfd_siginfo()
        while read(descriptor.number, &info, MemoryLayout.size(ofValue: info)) == MemoryLayout.size(ofValue: info) {
            onSignal(Int32(info.ssi_signo))
        }
    }

    package func stop() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
    }

    private nonisolated static func mask(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }
}
