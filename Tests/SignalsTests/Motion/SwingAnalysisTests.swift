import Clocks
import Devices
import Events
import Testing
import VirtualDevices

@testable import Signals

@Suite("Swing analysis") struct SwingAnalysisTests {
    /// One sample every ten milliseconds, at rest except where told. Times are in milliseconds.
    private struct Samples {
        var acceleration: [Int64: Double] = [:]
        var rotation: [Int64: Vector3] = [:]
        var wrist: [Int64: Double] = [:]
        var gravity = 1.0
        var length: Int64 = 1_000
        /// The samples that were lost.
        var lost: Range<Int64> = 0..<0

        var analysis: SwingAnalysis { SwingAnalysis { series($0)[...] } }

        private func series(_ quantity: MotionEvent.Quantity) -> [MotionBuffer.Sample] {
            stride(from: 0, to: length, by: 10).compactMap { time in
                guard !lost.contains(time) else { return nil }
                let vector: Vector3
                switch quantity {
                case .rawAcceleration: vector = Vector3(x: acceleration[time] ?? 0, y: -gravity, z: 0)
                case .rotation: vector = rotation[time] ?? Vector3(x: 0, y: 0, z: 0)
                case .wristRotation where !wrist.isEmpty: vector = Vector3(x: 0, y: wrist[time] ?? 0, z: 0)
                default: return nil
                }
                return MotionBuffer.Sample(time: WallTime(nanoseconds: time * 1_000_000), vector: vector)
            }
        }
    }

    private static func swing(hips: Int64) -> Samples {
        var samples = Samples()
        samples.acceleration = [400: -2, 480: 3]
        samples.rotation = [400 + hips: Vector3(x: 3, y: 4, z: 0)]
        samples.wrist = [600: 20]
        return samples
    }

    private static func finding(_ milliseconds: Int64, _ value: Double) -> SwingAnalysis.Finding {
        SwingAnalysis.Finding(time: WallTime(nanoseconds: milliseconds * 1_000_000), value: value)
    }

    @Test("names the samples that it rests on, in SI units")
    func findings() throws {
        let analysis = Self.swing(hips: 100).analysis
        #expect(analysis.heelStrike == Self.finding(400, -2 * 9.806_65))
        #expect(analysis.footPlant == Self.finding(480, 3 * 9.806_65))
        #expect(analysis.hips == Self.finding(500, 5 * 180 / Double.pi))
        #expect(analysis.wrist == Self.finding(600, 20 * 180 / Double.pi))
        #expect(analysis.hipDelay == .milliseconds(100))
        #expect(analysis.hipsToFootPlant == .milliseconds(-20))
        #expect(analysis.wristDelay == .milliseconds(200))
        #expect(analysis.isChainInOrder == true)
        #expect(analysis.direction == .right)
    }

    @Test("reports where samples are missing, and whether it matters")
    func gaps() {
        var samples = Self.swing(hips: 100)
        #expect(samples.analysis.gaps.isEmpty && !samples.analysis.isInterrupted)
        samples.lost = 700..<800
        let gap = MotionGap(begin: WallTime(nanoseconds: 690_000_000), end: WallTime(nanoseconds: 800_000_000))
        #expect(samples.analysis.gaps == [.rawAcceleration: [gap], .rotation: [gap], .wristRotation: [gap]])
        #expect(!samples.analysis.isInterrupted)
        samples.lost = 520..<580
        #expect(samples.analysis.isInterrupted)
    }

    nonisolated static let verdicts: [(Int64, SwingAnalysis.Verdict)] = [
        (-50, .hipsEarly), (0, .hipsEarly), (50, .hipsEarly), (60, .goodSequence), (140, .goodSequence),
        (150, .hipsLate), (400, .hipsLate),
    ]

    @Test("judges the delay of the hips", arguments: verdicts)
    func verdict(delay: Int64, verdict: SwingAnalysis.Verdict) {
        #expect(Self.swing(hips: delay).analysis.verdict == verdict)
    }

    @Test("recognises the unit of a phone by gravity")
    func units() {
        let inG = Self.swing(hips: 100)
        var inMetres = inG
        inMetres.gravity = 9.806_65
        inMetres.acceleration = inG.acceleration.mapValues { $0 * 9.806_65 }
        #expect(inG.analysis.unit == .standardGravity)
        #expect(inMetres.analysis.unit == .metresPerSecondSquared)
        #expect(inG.analysis.footPlant == inMetres.analysis.footPlant)
    }

    @Test("a swing to the left, without a watch, that begins with its peak")
    func edges() {
        var samples = Samples()
        samples.acceleration = [0: 3]
        samples.rotation = [100: Vector3(x: -9, y: 0, z: 0)]
        let analysis = samples.analysis
        #expect(analysis.direction == .left)
        #expect(analysis.heelStrike == analysis.footPlant)
        #expect(analysis.wrist == nil)
        #expect(analysis.isChainInOrder == nil)
    }

    @Test("says when there is not enough data", arguments: [0, 1])
    func insufficient(count: Int64) {
        var samples = Self.swing(hips: 100)
        samples.length = count * 10
        #expect(samples.analysis.verdict == .insufficientData)
        #expect(samples.analysis.hipDelay == nil)
    }

    @Test("finds the times of a virtual swing", arguments: 0..<20 as Range<UInt64>)
    func virtualSwing(seed: UInt64) throws {
        var phone = VirtualPhone(
            seed: seed, start: WallTime(nanoseconds: 1_000_000_000_000), rate: 200, swingTimes: [.seconds(2)])
        var buffer = MotionBuffer()
        for _ in 0..<4 { buffer.insert(try Self.readings(of: phone.next().bytes)) }
        let swing = try #require(phone.swings.first)
        let analysis = SwingAnalysis { buffer.samples(of: $0) }
        let hips = try #require(analysis.hips)
        let start = WallTime(nanoseconds: 1_000_000_000_000)
        let error = (hips.time - start) - swing.hipPeak
        #expect(abs(error.inSeconds) <= 0.01)
        let delay = try #require(analysis.hipDelay)
        let expected = swing.hipPeak - swing.heelStrike
        #expect(abs((delay - expected).inSeconds) <= 0.015)
        #expect(analysis.isChainInOrder == true)
    }

    private static func readings(of bytes: [UInt8]) throws -> [MotionEvent.Reading] {
        try PhoneMessage(parsing: bytes[...]).readings.compactMap { reading in
            let quantities: [PhoneSensor: MotionEvent.Quantity] = [
                .accelerometerUncalibrated: .rawAcceleration, .gyroscope: .rotation, .wristMotion: .wristRotation,
            ]
            guard let quantity = quantities[reading.sensor], let axes = reading.axes else { return nil }
            return MotionEvent.Reading(
                quantity: quantity, time: reading.time,
                vector: Vector3(x: axes.x ?? 0, y: axes.y ?? 0, z: axes.z ?? 0))
        }
    }
}

@Suite("Swing detector") struct SwingDetectorTests {
    private static func readings(_ speeds: [(Int64, Double)]) -> [MotionEvent.Reading] {
        speeds.map { time, speed in
            MotionEvent.Reading(
                quantity: .rotation, time: WallTime(nanoseconds: time * 1_000_000),
                vector: Vector3(x: speed, y: 0, z: 0))
        }
    }

    private static func time(_ milliseconds: Int64) -> WallTime { WallTime(nanoseconds: milliseconds * 1_000_000) }

    @Test("a swing begins with fast rotation and ends when it has been quiet")
    func swing() {
        var detector = SwingDetector()
        #expect(detector.receive(Self.readings([(0, 1), (100, 4.9)])).isEmpty)
        #expect(detector.receive(Self.readings([(200, 5), (300, -9), (1_700, 1)])) == [.began(Self.time(200))])
        #expect(detector.receive(Self.readings([(1_790, 0), (1_800, 0), (2_000, 0)])) == [.ended(Self.time(1_800))])
    }

    @Test("the watch and other quantities have their own thresholds")
    func thresholds() {
        var detector = SwingDetector()
        let fast = Vector3(x: 11.9, y: 0, z: 0)
        for quantity in [MotionEvent.Quantity.wristRotation, .acceleration, .rawAcceleration, .rawRotation] {
            let reading = MotionEvent.Reading(quantity: quantity, time: Self.time(0), vector: fast)
            #expect(detector.receive([reading]).isEmpty)
        }
        let swing = MotionEvent.Reading(
            quantity: .wristRotation, time: Self.time(5), vector: Vector3(x: 0, y: 12, z: 0))
        #expect(detector.receive([swing]) == [.began(Self.time(5))])
    }
}
