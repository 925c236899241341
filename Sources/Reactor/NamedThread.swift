import CLinux

/// A thread of the operating system, for work that blocks. It ends when its body returns.
package enum NamedThread {
    /// `name` is what `top -H` shows: 15 characters at most.
    package static func start(_ name: StaticString, _ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(name: name, run: body))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                // The only way to hand a closure to pthread_create: the box was retained just for this one take.
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                body.name.withUTF8Buffer { name in
                    name.withMemoryRebound(to: CChar.self) { linux_name_thread($0.baseAddress) }
                }
                body.run()
                return nil
            }, box.toOpaque())
        precondition(failure == 0, "no thread can be made: the system is out of resources")
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
