extension Configuration {
    /// Boards and mats on serial ports.
    package struct Serial: Sendable, Equatable {
        package var enabled = true
        /// Which ports may be listened to in order to find out what is there.
        package var probe = ["303a", "10c4", "1a86", "0403", "239a", "2e8a"]
        package var ports: [PortRule] = []
        package var tareFrames = 20

        package init() {}
    }
}

extension Configuration.Serial {
    /// What is known about a port, so that nobody has to find it out.
    package struct PortRule: Sendable, Equatable {
        package enum Device: String, CaseIterable, Sendable {
            case heart = "esp32-heart"
            case mat = "pressure-mat"
            /// Never touch it.
            case none
        }

        package enum Lines: String, CaseIterable, Sendable {
            case asserted, released
        }

        /// A path, a link, the name in the log, `vendor:product` or a vendor; `*` stands for anything.
        package var port: String
        package var device: Device
        /// The name of one of the device's forms.
        package var variant: String?
        package var baudRate: Int?
        /// DTR and RTS; nil leaves that to the kind of port.
        package var lines: Lines?

        package init(
            _ port: String, _ device: Device, variant: String? = nil, baudRate: Int? = nil, lines: Lines? = nil
        ) {
            self.port = port
            self.device = device
            self.variant = variant
            self.baudRate = baudRate
            self.lines = lines
        }
    }
}
