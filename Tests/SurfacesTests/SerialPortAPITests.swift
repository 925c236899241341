import Reactor
import Testing

@testable import Drivers
@testable import Surfaces

@Suite("Serial ports as JSON") @ReactorActor
struct SerialPortAPITests {
    @Test("what is known is listed, and what is not is left out")
    func list() {
        let ports = [
            SerialPortStatus(
                path: "/dev/ttyUSB0", id: "usb-10c4:ea60-A1-00", name: "CP2102 \"x\"", usbID: "10c4:ea60",
                state: "reading", device: "pressure-mat", reason: nil),
            SerialPortStatus(
                path: "/dev/ttyAMA0", id: "/dev/ttyAMA0", name: nil, usbID: nil, state: "resting", device: nil,
                reason: "it is left alone"),
        ]
        let expected =
            #"{"ports":[{"port":"/dev/ttyUSB0","id":"usb-10c4:ea60-A1-00","name":"CP2102 \"x\"","usb":"10c4:ea60","#
            + #""state":"reading","device":"pressure-mat"},{"port":"/dev/ttyAMA0","id":"/dev/ttyAMA0","#
            + #""state":"resting","because":"it is left alone"}]}"#
        #expect(String(decoding: SerialPortAPI.list(ports), as: UTF8.self) == expected)
    }

    @Test("requests are understood, or not at all")
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
