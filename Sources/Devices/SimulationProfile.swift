/// What the `simulate` command offers for a virtual device, and its help text.
package struct SimulationProfile: Sendable {
    package let summary: String
    /// Which statements of a simulation script concern the device, as a sentence.
    package let script: String
    package let example: Example
    /// Further paragraphs of the help text.
    package var details: [String] = []
    /// The forms in which it can send, default first; empty if there is only one.
    package var variants: [String] = []
    /// The types of sensor, default first; empty if there is only one.
    package var sensorTypes: [String] = []
    package var serialPort = SerialPort.none
    package var options: Set<Option> = []

    package struct Example: Sendable {
        /// After `simulate DEVICE`.
        package let arguments: String
        package let explanation: String
    }

    package enum SerialPort: Equatable, Sendable {
        case none
        /// Every variant is a byte stream.
        case always
        /// Only this variant is a byte stream.
        case variant(String)
    }

    /// An option that other devices do not have.
    package enum Option: Sendable {
        /// On which target the device is mounted.
        case sensor
        /// The BT50's mode.
        case nowData
        /// Messages can be posted to a server.
        case destination
    }

    init(_ summary: String, script: String, example: (arguments: String, explanation: String)? = nil) {
        self.summary = summary
        self.script = script
        let example = example ?? ("--script evening.txt", "plays a script")
        self.example = Example(arguments: example.arguments, explanation: example.explanation)
    }

    /// The script sentence of devices that only play faults.
    static func faultScript(_ fault: String) -> String {
        "A script has lines such as \"at 9 s: fault \(fault) for 4 s\"."
    }

    /// The script sentence of shot timers.
    static let stringScript =
        "A script has lines such as \"at 3 s: string of 6 shots, first after 1.2 s, every 350 ms\"."

    /// Whether the variant, by default the first, is a byte stream.
    package func isStream(_ variant: String?) -> Bool {
        switch serialPort {
        case .none: false
        case .always: true
        case .variant(let name): variant == name
        }
    }
}
