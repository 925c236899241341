/// Which device: a Bluetooth address, a serial number or the name it gives itself. The same device keeps its id for as
/// long as it can be told from others, also across reconnects.
package struct DeviceID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }
}

/// What sort of device it is, by the driver that speaks to it. The raw value is a stable name.
package enum DeviceFamily: String, CaseIterable, Sendable {
    case amgCommander = "amg_commander"
    case bt50
    case esp32Heart = "esp32_heart"
    case heartStrap = "heart_strap"
    case pressureMat = "pressure_mat"
    case sensorLogger = "sensor_logger"
    case sgTimer = "sg_timer"
    case specialPie = "special_pie"
}
