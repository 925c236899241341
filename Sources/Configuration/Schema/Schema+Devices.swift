extension Schema {
    static let devices = [
        Setting(
            "devices.adopt", \.devices.adopt, .choice, .live,
            """
            What becomes of a recognised device that is met for the first time: adopt uses it at once, ask shows it as \
            waiting until somebody adopts it, list does no more than list it. What was decided before stays.
            """),
        Setting(
            "devices.battery_low_percent", \.devices.batteryLowPercent, .wholeNumber(of: "percent", in: 0...100),
            .live, "Below this charge a device's battery is reported as low, once; 0 reports none."),
    ]
}
