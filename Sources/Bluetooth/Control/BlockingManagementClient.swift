import Glibc
import Reactor

/// Asks the kernel's management one question after the other, and waits for each answer: for a program that has nothing
/// else to do meanwhile.
@ReactorActor
package struct BlockingManagementClient {
    private let socket: any PacketSocket
    private let milliseconds: Int32

    /// - Parameter milliseconds: how long an answer may take.
    package init(_ socket: any PacketSocket, timeout milliseconds: Int32 = 2_000) {
        self.socket = socket
        self.milliseconds = milliseconds
    }

    /// The adapters that there are, and what each tells of itself; nil for one that does not answer.
    package func adapters() throws(LinkError) -> [(number: UInt16, info: AdapterInfo?)] {
        guard case .adapters(let numbers)? = try request(.readIndexList, adapter: 0) else { return [] }
        var adapters: [(number: UInt16, info: AdapterInfo?)] = []
        for number in numbers.sorted() {
            guard case .info(let info)? = try request(.readInfo, adapter: number) else {
                adapters.append((number, nil))
                continue
            }
            adapters.append((number, info))
        }
        return adapters
    }

    private func request(_ command: ManagementCommand, adapter: UInt16) throws(LinkError) -> ManagementReply? {
        var queue = ManagementCommandQueue()
        queue.add(command, adapter: adapter)
        guard let bytes = queue.next(at: .init(nanoseconds: 0)) else { return nil }
        guard case .transferred = socket.send(bytes) else { throw LinkError(socket.pendingError(), at: .preparing) }
        var buffer = [UInt8](repeating: 0, count: ManagementSocket.maximumPacketLength)
        // What everybody is told comes in between; a chatty radio shall not keep us here.
        for _ in 0..<256 {
            var wanted = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, milliseconds) > 0 else { return nil }
            guard case .transferred(let count) = socket.receive(into: &buffer) else { return nil }
            guard let packet = try? ManagementPacket(buffer[..<min(count, buffer.count)]),
                let (_, outcome) = queue.receive(packet)
            else { continue }
            if case .completed(let reply) = outcome { return reply }
            return nil
        }
        return nil
    }
}
