import Devices
import Events

extension DecodeOptions {
    init(_ arguments: ArgumentScanner) throws(UsageError) {
        device = try Self.device(arguments.operands.first ?? "")
        let form = try Self.variant(arguments.value("form"), of: device)
        self.variant = form.name
        isBinary = arguments.has("binary")
        if isBinary, CaptureReader(form, as: .bytes) == nil {
            let why = "\(device.rawValue) speaks in messages, and bytes alone do not say where one ends"
            throw UsageError(.inapplicableOption("binary", why: why), in: .decode)
        }
        file = arguments.operands.dropFirst().first { $0 != "-" }
    }

    private static func device(_ name: String) throws(UsageError) -> DeviceFamily {
        let choices = DeviceFamily.decodable
        if let device = choices.first(where: { $0.rawValue == name }) { return device }
        let names = choices.map(\.rawValue)
        let nearest = NearestName.best(for: name, among: names)
        throw UsageError(
            .invalidOperand(name: "DEVICE", found: name, choices: names, nearest: nearest), in: .decode)
    }

    private static func variant(_ name: String?, of device: DeviceFamily) throws(UsageError) -> DecoderVariant {
        let choices = DecoderVariant.variants(of: device)
        if let form = choices.first(where: { name == nil || $0.name == name }) { return form }
        throw UsageError.invalidChoice("form", name ?? "", among: choices.map(\.name), in: .decode)
    }
}
