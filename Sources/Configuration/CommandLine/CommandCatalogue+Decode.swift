import Devices
import Events

extension CommandCatalogue {
    static let decode = CommandSpecification(
        name: .decode, summary: "Print what captured bytes mean, for when a sensor misbehaves.",
        operands: ["DEVICE"], optionalOperands: ["FILE"],
        options: [
            OptionSpecification("form", value: "NAME", "In which of its forms the device spoke. Default: the first."),
            OptionSpecification("binary", "Read the bytes themselves, not lines of hex."),
        ],
        details: [
            """
            Reads FILE, or standard input without one or for "-". Each line is one message or a piece of the stream in \
            hex, such as "ef be 01 00" or EFBE0100; what follows a # is a comment. A message that is JSON may stand there as it \
            is.
            """,
            """
            Writes one JSON object a line: {"reading": KIND, ...} for what was understood and {"reject": REASON, ...} \
            for what was not. A summary goes to standard error. The exit status is 1 when a line is no hex.
            """,
            "Devices and their forms:",
        ]
            + DeviceFamily.decodable.map { device in
                let forms = DecoderVariant.variants(of: device).map { "\($0.name) (\($0.summary))" }
                return "\(device.rawValue): " + forms.joined(separator: "; ")
            },
        examples: [
            .init("decode esp32-heart --form serial --binary capture.bin", "reads what a serial port said"),
            .init("decode esp32-heart -", "reads hex lines as they are typed or piped"),
        ])
}

extension DeviceFamily {
    static var decodable: [DeviceFamily] {
        allCases.filter { !DecoderVariant.variants(of: $0).isEmpty }
    }
}
