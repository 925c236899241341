extension Schema {
    static let serial = [
        Setting("serial.enabled", \.serial.enabled, .flag, .restart, "Whether serial ports are used at all."),
        Setting(
            "serial.probe", \.serial.probe,
            .list(of: .portPattern, expected: "a list of ports", maximum: 100), .restart,
            """
            Which ports may be listened to for some seconds, to find out what is there: by USB vendor, vendor:product, \
            path or link, with * for anything. Nothing is written to them, and what is not recognised is let go and not \
            touched again until it is plugged in anew. The default names who makes the chips on known boards and mats.
            """),
        Setting(
            "serial.ports", \.serial.ports,
            .list(of: .portRule, expected: "a list of ports and what is there", maximum: 100), .restart,
            """
            Ports whose device is known, so that nobody listens first: port, device, and if wanted form, speed, and \
            asserted or released for DTR and RTS. The device none is left alone.
            """),
        Setting(
            "serial.tare_frames", \.serial.tareFrames, .wholeNumber(of: "frames", in: 0...10_000), .restart,
            """
            How many first frames of a mat are taken for the empty mat; what they show is taken off all that follow. 0 \
            leaves frames as they are.
            """),
    ]
}
