/// The sensors reported by the Sensor Logger app. The raw value is the app's name in lower case without spaces, because
/// the app's spelling varies.
package enum PhoneSensor: String, CaseIterable, Sendable {
    /// m/s², without gravity.
    case accelerometer
    /// With gravity. In g on an iPhone and in m/s² on Android, unless the app standardises its units.
    case accelerometerUncalibrated = "accelerometeruncalibrated"
    /// m/s², with gravity; Android.
    case totalAcceleration = "totalacceleration"
    /// m/s².
    case gravity
    /// rad/s.
    case gyroscope
    case gyroscopeUncalibrated = "gyroscopeuncalibrated"
    /// µT.
    case magnetometer
    case magnetometerUncalibrated = "magnetometeruncalibrated"
    case orientation
    case barometer
    case location
    case compass
    case light
    case microphone
    case brightness
    case battery
    case batteryTemperature = "batterytemp"
    case network
    case wifi
    case bluetooth
    case bluetoothMetadata = "bluetoothmetadata"
    case pedometer
    case activity
    case annotation
    /// The image is discarded.
    case camera
    case headphone
    /// A watch: rad/s, and g unless the app standardises its units.
    case wristMotion = "wristmotion"
    case heartRate = "heartrate"
    case watchBarometer = "watchbarometer"
    case watchLocation = "watchlocation"
    case watchMagnetometer = "watchmagnetometer"
    case watchCompass = "watchcompass"
    case watchMicrophone = "watchmicrophone"

    /// Parses the app's name in any spelling.
    package init?(name: String) {
        let letters = name.utf8.lazy.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "_") }
            .map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        self.init(rawValue: String(decoding: Array(letters.prefix(32)), as: UTF8.self))
    }
}

/// The fields of each sensor, by the app's names.
extension PhoneSensor {
    package var fields: [String] {
        switch self {
        case .accelerometer, .accelerometerUncalibrated, .totalAcceleration, .gravity, .gyroscope,
            .gyroscopeUncalibrated, .magnetometer, .magnetometerUncalibrated, .watchMagnetometer:
            Self.axes
        case .orientation: Self.angles + ["qw", "qx", "qy", "qz"]
        case .barometer, .watchBarometer: ["relativeAltitude", "pressure"]
        case .location: Self.position + ["altitudeAboveMeanSeaLevel", "bearing", "bearingAccuracy"]
        case .watchLocation: Self.position + ["ellipsoidalAltitude", "course", "courseAccuracy"]
        case .compass, .watchCompass: ["magneticBearing"]
        case .light: ["lux"]
        case .microphone, .watchMicrophone: ["dBFS"]
        case .brightness: ["brightness"]
        case .battery: ["batteryLevel", "batteryState", "lowPowerMode", "voltage", "chargingCurrent", "health"]
        case .batteryTemperature: ["temperature"]
        case .network:
            [
                "type", "isConnected", "isInternetReachable", "isWifiEnabled", "isConnectionExpensive", "ssid", "bssid",
                "strength", "ipAddress", "frequency", "cellularGeneration", "carrier",
            ]
        case .wifi: ["ssid", "bssid", "frequency", "level", "capabilities"]
        case .bluetooth: ["id", "rssi", "txPowerLevel", "manufacturerData", "advertisement", "serviceData"]
        case .bluetoothMetadata:
            ["id", "name", "localName", "isConnectable", "serviceUUIDs", "manufacturer", "model"]
        case .pedometer: ["steps"]
        case .activity: ["activity", "confidence"]
        case .annotation: ["text", "millisecond_press_duration"]
        case .camera: ["imageFormat"]
        case .headphone: Self.wrist + Self.angles + ["devicelocation"]
        case .wristMotion: Self.wrist + Self.angles
        case .heartRate: ["bpm"]
        }
    }

    /// Whether the fields are `x`, `y` and `z`.
    var hasAxes: Bool {
        switch self {
        case .accelerometer, .accelerometerUncalibrated, .totalAcceleration, .gravity, .gyroscope,
            .gyroscopeUncalibrated, .magnetometer, .magnetometerUncalibrated, .watchMagnetometer:
            true
        default: false
        }
    }

    private static let axes = ["x", "y", "z"]
    private static let angles = ["yaw", "pitch", "roll"]
    private static let position = [
        "latitude", "longitude", "altitude", "speed", "speedAccuracy", "horizontalAccuracy", "verticalAccuracy",
    ]
    private static let wrist = [
        "rotationRateX", "rotationRateY", "rotationRateZ", "gravityX", "gravityY", "gravityZ", "accelerationX",
        "accelerationY", "accelerationZ", "quaternionW", "quaternionX", "quaternionY", "quaternionZ",
    ]
}
