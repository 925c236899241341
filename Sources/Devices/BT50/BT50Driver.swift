import Clocks
import Events
import JSON

extension DeviceFamily {
    package static let bt50 = DeviceFamily(rawValue: "bt50")
}

/// The BT50, a vibration sensor on a target.
package struct BT50Driver: DeviceDriver {
    package let family = DeviceFamily.bt50
    package let role = DeviceRoleKind.sensor

    /// Attitude sensors of the same vendor differ only in name and frames.
    package let bluetoothRules: [BluetoothRule] = [
        .unsupported("attitude sensor, which does not report impacts", name: "WT901"),
        .unsupported("attitude sensor, which does not report impacts", name: "BWT901"),
        .init(.bt50, .certain, "its name begins with WTVB01", name: "WTVB01"),
        .init(
            .bt50, .likely, "its name begins with WTSensor and it has the vendor's service", name: "WTSENSOR",
            service: Self.service),
        .init(.bt50, .possible, "it has the vendor's service, which attitude sensors have too", service: Self.service),
    ]
    private static let service = BluetoothUUID(short: 0xFFE5)

    package var simulation: SimulationProfile {
        let script = """
            A script has lines such as "at 3 s: string of 6 shots, hits 480 ms later on sensor 2" and "at 9 s: hit \
            on sensor 1 with 90 mm/s". A timer and its sensors can play the same script; with the same seed they \
            match even without a script. "at 0 s: sensor 2 of type single" selects the type of a sensor.
            """
        var profile = SimulationProfile(
            "Simulate a BT50 sensor on a target.", script: script,
            example: ("--fault dropped-bytes --fast --seconds 60", "writes one damaged minute"))
        profile.options = [.sensor, .nowData]
        profile.sensorTypes = BT50SensorType.allCases.map(\.rawValue)
        return profile
    }

    package let variants: [DecoderVariant] = [
        DecoderVariant(.bt50, "notification", "notifications, several frames each", .messages) {
            LoggingDecoderAdapter(BT50Decoder())
        },
        DecoderVariant(.bt50, "stream", "a stream of frames without message boundaries", .stream) {
            LoggingDecoderAdapter(BT50Decoder(framing: .stream))
        },
    ]
}

extension BT50Reading: LoggableReading {
    func write(to log: inout ReadingLog) {
        switch self {
        case .vibration(let sample): log.reading("vibration") { sample.write(to: &$0) }
        case .motion(let sample): log.reading("motion") { sample.write(to: &$0) }
        case .registers(let registers): log.reading("registers") { registers.write(to: &$0) }
        case .cutOff(let count): log.reading("cut_off") { $0.member("bytes", count) }
        case .rejected(let reject): log.reject(reject)
        }
    }
}

extension BT50Vibration {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("velocity", velocity)
        writer.member("angle", angleInDegrees)
        writer.member("temperature", celsius)
        writer.member("displacement", displacement)
        writer.member("frequency", frequency)
        if let alarms { writer.member("alarms", alarms.rawValue) }
        if let battery, let volts {
            writer.member("battery", volts)
            writer.member("percent", BT50Battery.percent(centivolts: battery))
        }
        writer.member("age", seconds: age)
    }
}

extension BT50Motion {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("chip_time", seconds: chipTime)
        writer.member("acceleration", accelerationInG)
        writer.member("rotation", rotationInDegreesPerSecond)
        writer.member("velocity", velocity)
        writer.member("angle", angleInDegrees)
        writer.member("displacement", displacement)
        writer.member("age", seconds: age)
    }
}

extension BT50Registers {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("first", first)
        writer.key("values")
        writer.beginArray()
        for index in 0..<8 { writer.integer(values[index]) }
        writer.endArray()
        if let rate { writer.member("rate", rate.hertz) }
        if let firmware { writer.member("firmware", firmware) }
        if let battery { writer.member("battery", Double(battery) / 100) }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ axes: BT50Axes) {
        key(name)
        beginArray()
        integer(axes.x)
        integer(axes.y)
        integer(axes.z)
        endArray()
    }

    /// Four decimals resolve every unit of the sensor.
    fileprivate mutating func member(_ name: StaticString, _ vector: Vector3) {
        key(name)
        beginArray()
        number(vector.x, decimals: 4)
        number(vector.y, decimals: 4)
        number(vector.z, decimals: 4)
        endArray()
    }
}
