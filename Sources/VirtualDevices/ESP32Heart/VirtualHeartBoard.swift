import Clocks

/// A virtual ESP32 heart board: main loop, beat detection, clock and faults, as described in
/// `firmware-protocols/esp32-heart`. It produces the firmware's bytes with their times; the caller transports them.
///
/// Time counts from the start of the simulation. In contrast to the firmware, whose delays accumulate, the board keeps the
/// requested rate on average.
package struct VirtualHeartBoard: Sendable {
    /// A datagram and the time at which it is sent.
    package struct Emission: Hashable, Sendable {
        package let time: Nanoseconds
        package let bytes: [UInt8]
    }

    private let user: Int
    private let sendInterval: Nanoseconds
    package var randomFaults: Set<HeartBoardFaultKind>
    private var faults: [ScheduledHeartBoardFault]
    private var random: SeededRandom
    private var heart: VirtualHeart
    private var beats = HeartBeatDetector()
    private var serial = HeartBoardSerialOutput()

    /// The current time of the simulation, and the time until which reboots have been handled.
    private var now = Nanoseconds.zero
    private var rebootsCheckedUntil = Nanoseconds.zero
    /// The power-on time; usually before the start of the simulation.
    private var bootTime: Nanoseconds
    private var lastSend: Nanoseconds
    private var nextBeat: Nanoseconds
    private var fingerSince: Nanoseconds?
    private var signalStrength = -45.0

    /// - Parameters:
    ///   - seed: boards with the same seed and settings send the same bytes at the same times.
    ///   - uptime: the time since power-on at the start of the simulation.
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
        // Boards that are switched on together must not send in step.
        lastSend = .zero - Nanoseconds(.random(in: 0..<sendInterval.count, using: &random))
        nextBeat = heart.nextInterval()
    }

    /// Runs the board until it sends a datagram.
    package mutating func nextDatagram() -> Emission {
        serial.isRecording = false
        while true {
            if let bytes = runIteration() { return Emission(time: now, bytes: bytes) }
        }
    }

    /// Runs the board up to a time and returns its serial output.
    package mutating func serialText(until time: Nanoseconds) -> [UInt8] {
        serial.isRecording = true
        if now == .zero { serial.printBootMessages(user: user) }
        while now < time { _ = runIteration() }
        return serial.drain()
    }

    /// The firmware's `millis()`, which overflows after 49.7 days.
    private var millis: UInt32 { UInt32(truncatingIfNeeded: (now - bootTime).count / 1_000_000) }
}

/// The firmware's main loop.
extension VirtualHeartBoard {
    /// Runs one iteration; returns the datagram if one is due.
    private mutating func runIteration() -> [UInt8]? {
        // Ten milliseconds plus the wait for the sensor; less if the requested rate exceeds that of real boards.
        let iteration = min(10_000_000, sendInterval.count / 2)
        now = now + Nanoseconds(.random(in: iteration...iteration * 6 / 5, using: &random))
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
        // Sensor initialisation and joining the network take time.
        now = now + .milliseconds(.random(in: 1_200...2_500, using: &random))
        lastSend = now
    }

    /// The infrared level: low without a finger, medium while it settles, high with a finger.
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
        // The firmware blocks while its LED indicates the beat.
        now = now + min(.milliseconds(50), sendInterval / 4)
    }

    private mutating func send(infrared: Int) -> [UInt8]? {
        lastSend = max(lastSend + sendInterval, now - sendInterval)
        startRandomFaults()
        if let gap = faults.first(where: { $0.fault == .dropOut && $0.isActive(at: now) }) {
            // The firmware polls for the network every half second, and this reading is lost.
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

    /// Starts random faults and removes expired ones.
    private mutating func startRandomFaults() {
        guard !randomFaults.isEmpty else { return }
        faults.removeAll { $0.start + $0.duration < now }
        // A set has no defined order, but the random sequence must be reproducible.
        for kind in HeartBoardFaultKind.allCases
        where randomFaults.contains(kind) && random.chance(kind.probability(within: sendInterval)) {
            faults.append(kind.fault(at: now, random: &random))
        }
    }
}
