import Bluetooth
import Clocks

/// Devices that say what they like to a session that has been set up with a good one: packets with a length before each;
/// 255 lets time pass, 254 loses the link.
///
/// Whatever happens, a session that has something to do by a certain time has done it then, it does not talk without end,
/// and it gives its link up once.
enum SessionFuzz {
    static func amgCommander(_ input: ArraySlice<UInt8>) throws {
        try run(input, AMGSession()) { if case .sessionEvent(.ended) = $0 { true } else { false } }
    }

    static func bt50(_ input: ArraySlice<UInt8>) throws {
        try run(input, BT50Session()) { if case .sessionEvent(.ended) = $0 { true } else { false } }
    }

    static func heartStrap(_ input: ArraySlice<UInt8>) throws {
        try run(input, HeartStrapSession()) { if case .sessionEvent(.ended) = $0 { true } else { false } }
    }

    static func pressureMat(_ input: ArraySlice<UInt8>) throws {
        try run(input, MatSession()) { if case .sessionEvent(.ended) = $0 { true } else { false } }
    }

    private static func run<Session: DeviceSession>(
        _ input: ArraySlice<UInt8>, _ session: Session, isEnd: (Session.Output) -> Bool
    ) throws {
        var session = session
        var now = MonotonicTime(nanoseconds: 0)
        var ends = 0
        let hear: (Session.Output) -> Void = { if isEnd($0) { ends += 1 } }
        var rest = input
        session.linkOpened(at: now)
        try sendPackets(&session, at: now, hear)
        while let length = rest.popFirst() {
            switch length {
            case 255: now = max(now, session.deadline ?? now) + .milliseconds(10)
            case 254:
                session.linkClosed(at: now, hear)
                ends = 0
                session.linkOpened(at: now)
            default:
                let packet = rest.prefix(Int(length))
                rest = rest.dropFirst(packet.count)
                session.receive(packet, at: now, hear)
            }
            session.advance(to: now, hear)
            try sendPackets(&session, at: now, hear)
            try require(ends <= 1 && (ends == 1) == (session.endReason != nil), "given up \(ends) times")
            if session.endReason == nil, let deadline = session.deadline {
                try require(deadline > now, "something that was due is still due")
            }
        }
    }

    private static func sendPackets<Session: DeviceSession>(
        _ session: inout Session, at now: MonotonicTime, _ hear: (Session.Output) -> Void
    ) throws {
        var packets = 0
        while let packet = session.nextPacket(at: now, hear) {
            packets += 1
            try require(packet.count <= 517 && packets <= 100, "\(packets) packets at once")
        }
    }
}
