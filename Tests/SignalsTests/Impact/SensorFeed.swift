import Clocks
import Devices
import Events
import Signals
import VirtualDevices

/// Passes the bytes of a virtual sensor through the decoder to a detector.
struct SensorFeed {
    private(set) var findings: [ImpactFinding] = []
    private(set) var detector: ImpactDetector
    private(set) var recording: [DryRun.Notification] = []
    private var sensor: VirtualBT50
    private var decoder: BT50Decoder

    init(seed: UInt64, traits: VirtualBT50.Traits = .init(), thresholds: ImpactThresholds = .standard) {
        sensor = VirtualBT50(seed: seed, traits: traits)
        sensor.mtu = 247
        decoder = BT50Decoder(sampleInterval: traits.rate.interval)
        detector = ImpactDetector(thresholds)
    }

    mutating func strike(at milliseconds: Int64, velocity: Double = 110) {
        sensor.strike(at: .milliseconds(milliseconds), velocity: velocity)
    }

    mutating func run(until milliseconds: Int64) {
        for emission in sensor.tick(until: .milliseconds(milliseconds)) {
            guard let bytes = emission.bytes else { continue }
            var readings: [BT50Reading] = []
            decoder.feed(bytes[...]) { readings.append($0) }
            let arrival = MonotonicTime(nanoseconds: emission.time.count)
            recording.append(.init(arrival: arrival, samples: readings.compactMap { ImpactSample($0) }))
            detector.receive(readings, at: arrival) { findings.append($0) }
        }
    }

    mutating func end() {
        detector.linkLost { findings.append($0) }
    }

    var impacts: [DetectedMotion] { findings.filter(\.isImpact).map(\.motion) }
    var rejects: [ImpactReject] { findings.compactMap(\.reject) }
}

/// Manually specified amplitudes at 100 Hz, four per notification.
struct ManualSampleFeed {
    private(set) var findings: [ImpactFinding] = []
    var detector: ImpactDetector
    private(set) var time = MonotonicTime(nanoseconds: 0)
    private var waiting: [ImpactSample] = []
    let interval: Nanoseconds

    init(_ thresholds: ImpactThresholds = .standard, interval: Nanoseconds = .milliseconds(10)) {
        detector = ImpactDetector(thresholds)
        self.interval = interval
    }

    mutating func amplitude(_ z: Double, displacement: Double? = nil) {
        let axes = Vector3(x: (z * 0.3).rounded(), y: 0, z: z)
        append(.amplitude(velocity: axes, displacement: Vector3(x: 0, y: 0, z: displacement ?? z * 1.5)))
    }

    mutating func rest(_ count: Int, _ level: Double = 0) {
        for _ in 0..<count { amplitude(level) }
    }

    /// An impact that halves every `halving` samples.
    mutating func impact(_ peak: Double, samples: Int, halving: Double = 4, displacement: Double? = nil) {
        var (level, height) = (peak, displacement)
        for _ in 0..<samples {
            amplitude(level.rounded(), displacement: height?.rounded())
            level *= 1 - 0.5 / halving
            height = height.map { $0 * (1 - 0.5 / halving) }
        }
    }

    mutating func append(_ motion: ImpactSample.Motion, isSaturated: Bool = false) {
        time = time + interval
        let age = interval * Int64(3 - waiting.count)
        waiting.append(ImpactSample(motion, age: age, isSaturated: isSaturated))
        guard waiting.count == 4 else { return }
        detector.receive(waiting, at: time + .milliseconds(5)) { findings.append($0) }
        waiting = []
    }

    mutating func end() {
        detector.linkLost { findings.append($0) }
    }

    var impacts: [DetectedMotion] { findings.filter(\.isImpact).map(\.motion) }
    var rejects: [ImpactReject] { findings.compactMap(\.reject) }
}
