import Glibc
import Reactor

/// Commands from whoever started the program, a line each. It ends when they end.
@ReactorActor
final class StandardInput: DescriptorHandler {
    private let onLine: (String) -> String
    private var pending: [UInt8] = []
    private var watch: EventLoop.Watch?

    private init(_ answer: @escaping (String) -> String) {
        self.onLine = answer
    }

    static func start(_ answer: @escaping (String) -> String) {
        let input = StandardInput(answer)
        input.watch = try? EventLoop.shared.watch(STDIN_FILENO, for: .readable, handler: input)
    }

    static func writeLine(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }

    func descriptorIsReady(_: Readiness) {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        guard count > 0 else {
            watch.map(EventLoop.shared.unwatch)
            return EventLoop.shared.stop()
        }
        pending += buffer.prefix(count)
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: pending[..<end], as: UTF8.self)
            pending.removeSubrange(...end)
            Self.writeLine(onLine(line))
        }
    }
}
