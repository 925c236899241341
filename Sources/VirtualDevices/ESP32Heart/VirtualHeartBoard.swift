import Clocks

/// A look-alike of the ESP32 heart board: its main loop, its beat detection, its clock, and its faults. It gives the
/// very bytes that the firmware sends, when the firmware would send them; who carries them is not its business.
///
/// Time counts from the moment the simulation begins. `firmware-protocols/esp32-heart` describes what is imitated. One
/// liberty is taken: the firmware's delays add up, so that its second is a little long; here the rate that was asked
/// for is kept on average.
package struct VirtualHeartBoard: Sendable {
    /// One datagram, and when it leaves the board.
    package struct Emission: Hashable, Sendable {
        package let time: Nanoseconds
        package let bytes: [UInt8]
    }

    private let user: Int
    private let sendInterval: Nanoseconds
    /// Faults that come when they like.
    package var randomFaults: Set<HeartBoardFaultKind>
    private var faults: [ScheduledHeartBoardFault]
    private var random: SeededRandom
    private var heart: VirtualHeart
    private var beats = HeartBeatDetector()
    private var serial = HeartBoardSerialOutput()

    /// How far the simulation has come, and how far it has been searched for reboots.
    private var now = Nanoseconds.zero
    private var rebootsCheckedUntil = Nanoseconds.zero
    /// When the board was switched on; before the simulation began, as a rule.
    private var bootTime: Nanoseconds
    private var lastSend: Nanoseconds
    private var nextBeat: Nanoseconds
    private var fingerSince: Nanoseconds?
    private var signalStrength = -45.0

    /// - Parameters:
    ///   - seed: boards with the same seed and settings send the same bytes at the same times.
    ///   - uptime: how long the board has been on when the simulation begins.
    ///   - script: faults at set times.
    package init(
        user: Int, seed: UInt64, interval: Nanoseconds = .seconds(1), uptime: Nanoseconds = .zero,
        script: [ScheduledHeartBoardFault] = [], randomFaults: Set<HeartBoardFaultKind> = []
    ) {
        self.user = user
        sendInterval = max(interval, .milliseconds(1))
        faults = script
        self.randomFaults = randomFaults
        random = SeededRandom(seed: seed)
        heart = VirtualHeart(restingRate: .random(in: 60...80, using: &random), seed: random.next())
        bootTime = .zero - uptime
        // Boards that are switched on together do not send together for ever.
        lastSend = .zero - Nanoseconds(.random(in: 0..<sendInterval.count, using: &random))
        nextBeat = heart.nextInterval()
    }

    /// Runs the board until it sends, and tells what and when.
    package mutating func nextDatagram() -> Emission {
        serial.isRecording = false
        while true {
            if let bytes = runIteration() { return Emission(time: now, bytes: bytes) }
        }
    }

    /// Runs the board up to a time, and tells what came out of its serial port meanwhile.
    package mutating func serialText(until time: Nanoseconds) -> [UInt8] {
        serial.isRecording = true
        if now == .zero { serial.printBootMessages(user: user) }
        while now < time { _ = runIteration() }
        return serial.drain()
    }

    /// What the firmware's `millis()` says: 32 bits, so it begins again after 49.7 days.
    private var millis: UInt32 { UInt32(truncatingIfNeeded: (now - bootTime).count / 1_000_000) }
}

/// One pass of the firmware's main loop.
extension VirtualHeartBoard {
    /// The datagram, if one is due.
    private mutating func runIteration() -> [UInt8]? {
        // Ten milliseconds and the wait for the sensor; less for those who ask for more readings than a board can send.
        let pass = min(10_000_000, sendInterval.count / 2)
        now = now + Nanoseconds(.random(in: pass...pass * 6 / 5, using: &random))
        rebootIfDue()
        let infrared = measure()
        serial.printContact(infrared: infrared)
        detectBeat(infrared: infrared)
        guard now - lastSend >= sendInterval else { return nil }
        return send(infrared: infrared)
    }

    private mutating func rebootIfDue() {
        let previously = rebootsCheckedUntil
        rebootsCheckedUntil = now
        let isDue = faults.contains { $0.fault == .reboot && $0.start >= previously && $0.start < now }
        guard isDue else { return }
        bootTime = now
        beats = HeartBeatDetector()
        fingerSince = nil
        serial.printBootMessages(user: user)
        // Finding the sensor and joining the network take a while.
        now = now + .milliseconds(.random(in: 1_200...2_500, using: &random))
        lastSend = now
    }

    /// What the sensor sees: little without a finger, more while the finger settles, much with a finger.
    private mutating func measure() -> Int {
        guard !isActive(.fingerLifted) else {
            fingerSince = nil
            return Int(random.normal(mean: 1_500, deviation: 300))
        }
        let since = fingerSince ?? now
        fingerSince = since
        let isSettled = now - since > .milliseconds(300)
        return Int(random.normal(mean: isSettled ? 95_000 : 35_000, deviation: isSettled ? 900 : 3_000))
    }

    private mutating func detectBeat(infrared: Int) {
        guard nextBeat <= now else { return }
        while nextBeat <= now { nextBeat = nextBeat + heart.nextInterval() }
        guard infrared > HeartBeatDetector.fingerLevel else { return }
        let rate = beats.beat(at: millis)
        serial.printBeat(rate: rate)
        // The firmware waits while its lamp shows the beat.
        now = now + min(.milliseconds(50), sendInterval / 4)
    }

    private mutating func send(infrared: Int) -> [UInt8]? {
        lastSend = max(lastSend + sendInterval, now - sendInterval)
        startRandomFaults()
        if let gap = faults.first(where: { $0.fault == .dropOut && $0.isActive(at: now) }) {
            // The firmware waits for the network, looking every half second, and this reading is lost.
            let halfSeconds = (gap.start + gap.duration - now).count / 500_000_000 + 1
            serial.printReconnecting(dots: Int(halfSeconds))
            now = now + .milliseconds(500) * halfSeconds
            lastSend = now
            return nil
        }
        signalStrength = min(-35, max(-75, signalStrength + random.normal(mean: 0, deviation: 0.8)))
        let datagram = HeartBoardDatagram(
            user: user, rate: isActive(.outOfRange) ? impossibleRate() : beats.meanRate, milliseconds: millis,
            signalStrength: Int(signalStrength), infrared: infrared,
            red: infrared - Int(random.normal(mean: 7_000, deviation: 200)) * infrared / 95_000)
        let bytes = malformation.map(datagram.bytes(malformed:)) ?? datagram.bytes()
        serial.printSent(bytes)
        return bytes
    }

    private mutating func impossibleRate() -> Int {
        random.chance(0.5) ? .random(in: 1..<40, using: &random) : .random(in: 201...255, using: &random)
    }
}

/// Faults.
extension VirtualHeartBoard {
    private func isActive(_ fault: HeartBoardFault) -> Bool {
        faults.contains { $0.fault == fault && $0.isActive(at: now) }
    }

    private var malformation: HeartBoardFault.Malformation? {
        for scheduled in faults where scheduled.isActive(at: now) {
            if case .malformed(let malformation) = scheduled.fault { return malformation }
        }
        return nil
    }

    /// Lets chance begin new faults, and forgets those that are over.
    private mutating func startRandomFaults() {
        guard !randomFaults.isEmpty else { return }
        faults.removeAll { $0.start + $0.duration < now }
        // A set has no order of its own, and the order decides what the dice say.
        for kind in HeartBoardFaultKind.allCases
        where randomFaults.contains(kind) && random.chance(kind.probability(within: sendInterval)) {
            faults.append(kind.fault(at: now, random: &random))
        }
    }
}
