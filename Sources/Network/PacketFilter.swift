import CLinux
import Glibc
import Reactor

/// A program of the kernel's classic packet filter that drops all but one of `divisor` datagrams of some sources, by chance.
///
/// A UDP socket's filter sees the datagram from its UDP header on; the IP header is at an offset of its own.
struct PacketFilter {
    private(set) var instructions: [sock_filter]

    /// A source with port 0 is a host with all of its ports; an IPv6 host has all addresses of its network.
    init(dropping sources: some Collection<FairQueueSource>, exceptOneOf divisor: UInt32) {
        let v4 = sources.filter { !$0.host.isIPv6 }.flatMap {
            Self.test(words: [UInt32(truncatingIfNeeded: $0.host.low)], port: $0.port)
        }
        let v6 = sources.filter(\.host.isIPv6).flatMap {
            Self.test(words: [UInt32($0.host.high >> 32), UInt32(truncatingIfNeeded: $0.host.high)], port: $0.port)
        }
        let forV4 = Self.read(wordsAt: [Self.v4Source]) + v4 + [Self.accept]
        let forV6 = Self.read(wordsAt: [Self.v6Source, Self.v6Source + 4]) + v6 + [Self.accept]
        instructions = [
            Self.load(BPF_H, at: 0), Self.statement(BPF_ST, Self.portSlot),
            Self.load(BPF_B, at: Self.network), Self.statement(BPF_ALU | BPF_AND, 0xF0),
            Self.skip(1, unless: 0x40), Self.skip(1), Self.skip(forV4.count),
        ]
        instructions += forV4
        instructions += forV6
        resolveMatches()
        instructions += [
            Self.load(BPF_W, at: Self.random), Self.statement(BPF_ALU | BPF_AND, divisor - 1),
            Self.skip(1, unless: 0), Self.accept, Self.drop,
        ]
    }

    /// False if the kernel does not accept it: then nothing is filtered.
    @discardableResult
    static func attach(_ filter: Self?, to descriptor: borrowing OwnedDescriptor) -> Bool {
        guard var instructions = filter?.instructions else {
            var none: Int32 = 0
            return setsockopt(descriptor.number, SOL_SOCKET, SO_DETACH_FILTER, &none, 4) == 0
        }
        return instructions.withUnsafeMutableBufferPointer { buffer in
            var program = sock_fprog(len: UInt16(buffer.count), filter: buffer.baseAddress)
            let size = socklen_t(MemoryLayout.size(ofValue: program))
            return setsockopt(descriptor.number, SOL_SOCKET, SO_ATTACH_FILTER, &program, size) == 0
        }
    }

    // Where things are: offsets in the packet, and slots of the filter's memory.
    private static let network = SKF_NET_OFF
    private static let v4Source = SKF_NET_OFF + 12
    private static let v6Source = SKF_NET_OFF + 8
    private static let random = SKF_AD_OFF + SKF_AD_RANDOM
    private static let portSlot: UInt32 = 0
    private static let firstWordSlot: UInt32 = 1

    private static let accept = statement(BPF_RET, .max)
    private static let drop = statement(BPF_RET, 0)
    /// A jump to the end of all tests.
    private static let match = statement(BPF_JMP | BPF_JA, .max)

    private static func statement(_ code: Int32, _ value: UInt32) -> sock_filter {
        sock_filter(code: UInt16(code), jt: 0, jf: 0, k: value)
    }

    private static func load(_ size: Int32, at offset: Int32) -> sock_filter {
        statement(BPF_LD | BPF_ABS | size, UInt32(bitPattern: offset))
    }

    private static func skip(_ count: Int) -> sock_filter { statement(BPF_JMP | BPF_JA, UInt32(count)) }

    private static func skip(_ count: Int, unless value: UInt32) -> sock_filter {
        sock_filter(code: UInt16(BPF_JMP | BPF_JEQ), jt: 0, jf: UInt8(count), k: value)
    }

    private static func read(wordsAt offsets: [Int32]) -> [sock_filter] {
        offsets.enumerated().flatMap { index, offset in
            [load(BPF_W, at: offset), statement(BPF_ST, firstWordSlot + UInt32(index))]
        }
    }

    /// Jumps to the end if all words and the port are equal.
    private static func test(words: [UInt32], port: UInt16) -> [sock_filter] {
        var slots = words.enumerated().map { (firstWordSlot + UInt32($0), $1) }
        if port != 0 { slots.append((portSlot, UInt32(port))) }
        let instructions = slots.enumerated().flatMap { index, slot in
            // Two instructions for each slot, and the jump.
            [statement(BPF_LD | BPF_MEM, slot.0), skip((slots.count - index) * 2 - 1, unless: slot.1)]
        }
        return instructions + [match]
    }

    private mutating func resolveMatches() {
        for index in instructions.indices
        where instructions[index].k == .max && instructions[index].code == Self.match.code {
            instructions[index].k = UInt32(instructions.count - index - 1)
        }
    }
}
