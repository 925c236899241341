extension Configuration {
    /// The devices that the gateway knows, by whichever way they are reached.
    package struct Devices: Sendable, Equatable {
        /// What becomes of a recognised device that is met for the first time.
        package enum Adopt: String, CaseIterable, Sendable {
            case adopt, ask, list
        }

        package var adopt = Adopt.adopt
        package var batteryLowPercent = 20

        package init() {}
    }
}
