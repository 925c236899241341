import CLinux
import Glibc

/// A failed system call: its name, its object and the error number.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    package let call: String
    package let code: Int32

    package init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }

    package var description: String {
        "\(call): \(Self.text(of: code))"
    }

    /// The C library's message for an error number.
    package static func text(of code: Int32) -> String {
        var text = [CChar](repeating: 0, count: 128)
        strerror_r(code, &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A file descriptor with exactly one owner: it is closed with its owner and cannot be closed twice.
package struct OwnedDescriptor: ~Copyable {
    package let number: Int32

    /// Takes ownership of the result of a system call; `call` names it in the error.
    package init(_ number: Int32, from call: @autoclosure () -> String) throws(SystemError) {
        guard number >= 0 else { throw SystemError(call()) }
        self.number = number
    }

    /// Takes ownership of an open descriptor.
    package init(adopting number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }
}

/// An operating system thread for blocking work. It ends when its body returns.
package enum NamedThread {
    /// `name` is shown by `top -H`: at most 15 characters.
    package static func start(_ name: StaticString, _ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(name: name, run: body))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                // pthread_create takes no closure, so it is boxed and retained until here.
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                body.name.withUTF8Buffer { name in
                    name.withMemoryRebound(to: CChar.self) { linux_name_thread($0.baseAddress) }
                }
                body.run()
                return nil
            }, box.toOpaque())
        precondition(failure == 0, "cannot create a thread: insufficient resources")
        pthread_detach(thread)
    }

    private final class Body: Sendable {
        let name: StaticString
        let run: @Sendable () -> Void

        init(name: StaticString, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }
}

/// Delivers signals as events of the loop. Block them before the first thread is created, so that no thread is
/// interrupted; they stay pending until they are read here.
@ReactorActor
package final class ProcessSignals: DescriptorHandler {
    private let descriptor: OwnedDescriptor
    private let onSignal: (Int32) -> Void
    private var watch: EventLoop.Watch?

    /// Call this first in `main`. Also ignores SIGPIPE: writing to a closed connection must be an error, not the end of
    /// the process.
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
