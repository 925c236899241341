import Devices
import JSON
import Testing

@Suite("AMG Commander commands") struct AMGCommandTests {
    @Test(
        "encode as in the protocol vectors, or are rejected",
        arguments: try ProtocolVector.load("amg-commander", having: "command"))
    func vector(vector: ProtocolVector) throws {
        let command = try #require(AMGCommand(vector: vector.content["command"]))
        do throws(DeviceCommandError) {
            let text = String(decoding: try command.bytes(), as: UTF8.self)
            #expect(text == vector.content["ascii"]?.stringValue)
        } catch {
            #expect(error.field == vector.content["refused"]?.stringValue)
            #expect(!error.allowed.contains(error.value))
            #expect("\(error)".hasPrefix("the \(error.field) must be from "))
        }
    }

    @Test("only settings require a stopped timer")
    func stopped() {
        #expect(AMGCommand.setPreset(1).needsStoppedTimer)
        #expect(AMGCommand.setParTime(1, 2).needsStoppedTimer)
        for command in [AMGCommand.start, .stop, .requestScreen, .requestString, .requestSettings] {
            #expect(!command.needsStoppedTimer)
        }
    }
}

extension AMGCommand {
    /// Parses a command of vectors.jsonl: a name and its numbers.
    fileprivate init?(vector: JSONValue?) {
        guard let words = vector?.arrayValue, let name = words.first?.stringValue else { return nil }
        let numbers = words.dropFirst().compactMap { $0.integerValue.map(Int.init) }
        switch (name, numbers.count) {
        case ("start", 0): self = .start
        case ("stop", 0): self = .stop
        case ("sensitivity", 1): self = .setSensitivity(numbers[0])
        case ("echo_delay", 1): self = .setEchoDelay(numbers[0])
        case ("beep_volume", 1): self = .setBeepVolume(numbers[0])
        case ("preset", 1): self = .setPreset(numbers[0])
        case ("delay", 3):
            guard let kind = DelayKind(rawValue: numbers[0]) else { return nil }
            self = .setDelay(kind, fixed: numbers[1], random: numbers[2])
        case ("par_type", 1): self = .setParType(numbers[0])
        case ("par_time", 2): self = .setParTime(numbers[0], numbers[1])
        case ("screen_text", 0): self = .requestScreenText
        case ("screen", 0): self = .requestScreen
        case ("string_text", 0): self = .requestStringText
        case ("string", 0): self = .requestString
        case ("settings", 0): self = .requestSettings
        default: return nil
        }
    }
}
