import Reactor
import Testing

@testable import Drivers
@testable import Surfaces

@Suite("Serial port API") @ReactorActor
struct SerialPortAPITests {
    @Test("lists known values and omits unknown ones")
    func list() {
        let ports = [
            SerialPortStatus(
                path: "/dev/ttyUSB0", id: "usb-10c4:ea60-A1-00", name: "CP2102 \"x\"", usbID: "10c4:ea60",
                state: "reading", device: "pressure-mat", reason: nil),
            SerialPortStatus(
                path: "/dev/ttyAMA0", id: "/dev/ttyAMA0", name: nil, usbID: nil, state: "resting", device: nil,
                reason: "disabled by configuration"),
        ]
        let expected =
            #"{"ports":[{"port":"/dev/ttyUSB0","id":"usb-10c4:ea60-A1-00","name":"CP2102 \"x\"","usb":"10c4:ea60","#
            + #""state":"reading","device":"pressure-mat"},{"port":"/dev/ttyAMA0","id":"/dev/ttyAMA0","#
            + #""state":"resting","because":"disabled by configuration"}]}"#
        #expect(String(decoding: SerialPortAPI.list(ports).body, as: UTF8.self) == expected)
    }

    @Test("accepts valid requests only")
    func requests() {
        let table: [(String, Bool, Double?)] = [
            (#"{"port":"a","seconds":60}"#, true, 60), (#"{"port":"a","seconds":3600}"#, true, 3_600),
            (#"{"port":"a","seconds":3600.1}"#, true, nil), (#"{"port":"a","seconds":0}"#, true, nil),
            (#"{"port":"a","seconds":-1}"#, true, nil), (#"{"port":"a","seconds":"60"}"#, true, nil),
            (#"{"port":"a"}"#, true, nil), (#"{"port":"a"}"#, false, 0), (#"{"port":""}"#, false, nil),
            (#"{"port":1}"#, false, nil), ("", false, nil), ("[]", false, nil),
        ]
        for (body, needsSeconds, seconds) in table {
            #expect(SerialPortRequest(Array(body.utf8), needsSeconds: needsSeconds)?.seconds == seconds, "\(body)")
        }
    }
}
