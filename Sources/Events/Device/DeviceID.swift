/// Which device: a Bluetooth address, a serial number or the name it gives itself. The same device keeps its id for as
/// long as it can be told from others, also across reconnects.
package struct DeviceID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }
}

/// What sort of device it is, by the driver that speaks to it. The raw value is a stable name, and that of the folder in
/// `firmware-protocols` that describes it.
package enum DeviceFamily: String, CaseIterable, Sendable {
    case amgCommander = "amg-commander"
    case bt50
    case esp32Heart = "esp32-heart"
    case heartStrap = "heart-rate-strap"
    case pressureMat = "pressure-mat"
    case sensorLogger = "sensor-logger"
    case sgTimer = "sg-timer"
    case specialPie = "specialpie"
}
