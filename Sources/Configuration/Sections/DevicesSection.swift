extension Configuration {
    /// The devices that the gateway knows, over any transport.
    package struct Devices: Sendable, Equatable {
        /// What happens to a recognised device that is seen for the first time.
        package enum Adopt: String, CaseIterable, Sendable {
            case adopt, ask, list
        }

        package var adopt = Adopt.adopt
        package var batteryLowPercent = 20

        package init() {}
    }
}

extension Schema {
    static let devices = Part(
        Section("devices", "The devices that the gateway knows, over any transport."),
        [
            Setting(
                "devices.adopt", \.devices.adopt, .choice, .live,
                """
                What happens to a recognised device that is seen for the first time: adopt uses it at once, ask lists it as \
                waiting until it is adopted, list only lists it. Earlier decisions are not affected.
                """),
            Setting(
                "devices.battery_low_percent", \.devices.batteryLowPercent, .wholeNumber(of: "percent", in: 0...100),
                .live, "A battery below this charge is reported as low, once; 0 disables the report."),
        ])
}
