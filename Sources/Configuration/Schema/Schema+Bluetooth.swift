extension Schema {
    static let bluetooth = [
        Setting(
            "bluetooth.enabled", \.bluetooth.enabled, .flag, .restart,
            "Whether timers, sensors and straps are looked for on the radio."),
        Setting(
            "bluetooth.adapter", \.bluetooth.adapter, .adapter, .restart,
            """
            Which adapter is used: any for the first that can do Low Energy, a name such as hci0, or an address, which \
            stays the same when the adapter is plugged in elsewhere. The others are never touched.
            """),
    ]
}
