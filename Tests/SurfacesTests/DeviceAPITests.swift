import Clocks
import Devices
import Events
import JSON
import Reactor
import Testing

@testable import Drivers
@testable import Surfaces

@Suite("Device API") @ReactorActor
struct DeviceAPITests {
    private static func request(_ text: String) throws(DeviceRequestError) -> DeviceRequest {
        try DeviceRequest(Array(text.utf8))
    }

    @Test("parses each member, alone and together")
    func members() throws {
        let request = try Self.request(
            #"{"name":"Bay 3 🎯","role":"sensor","target":"T1","user":4,"adopt":true}"#)
        #expect(request.name == .set("Bay 3 🎯"))
        #expect(request.role == "sensor")
        #expect(request.target == .set("T1"))
        #expect(request.user == .set(4))
        #expect(request.adopt == true)
        #expect(!request.forget)
        let other = try Self.request(#"{"name":null,"target":"","user":null,"adopt":false}"#)
        #expect(other.name == .remove)
        #expect(other.target == .remove)
        #expect(other.user == .remove)
        #expect(other.role == nil)
        #expect(other.adopt == false)
        #expect(try Self.request(#"{"forget":true}"#).forget)
        #expect(try Self.request(#"{"seen":true}"#).seen)
        #expect(try Self.request(#"{"adopt":true}"#).name == .unchanged)
    }

    private nonisolated static let invalidRequests: [(String, String)] = [
        ("", "the body is not JSON: empty document"), ("{\"name\":", "the body is not JSON: unexpected end"),
        ("[]", "the body must be an object"), ("\"name\"", "the body must be an object"),
        ("{}", "the object is empty"),
        (#"{"nane":"x"}"#, "unknown key nane:"), (#"{"name":7}"#, "name must be a text of at most 64 bytes"),
        (#"{"name":"a\u0007"}"#, "name must be"), (#"{"name":"\u007f"}"#, "name must be"),
        (#"{"target":["T1"]}"#, "target must be"), (#"{"target":{}}"#, "target must be"),
        (#"{"role":null}"#, "role must be"), (#"{"role":1}"#, "role must be"),
        (#"{"user":"4"}"#, "user must be a whole number, or null"), (#"{"user":1.5}"#, "user must be"),
        (#"{"user":1e30}"#, "user must be"), (#"{"adopt":"yes"}"#, "adopt must be true or false"),
        (#"{"adopt":null}"#, "adopt must be"), (#"{"seen":false}"#, "seen must be true"),
        (#"{"forget":false}"#, "forget must be true"),
        (#"{"forget":true,"name":"x"}"#, "forget cannot be combined"),
        (#"{"name":{"a":{"b":{"c":1}}}}"#, "the body is not JSON: arrays and objects are nested too deeply"),
        ("{\"name\":\"\(String(repeating: "x", count: 65))\"}", "name must be"),
        ("{\"name\":\"\(String(repeating: "x", count: 10_000))\"}", "the body is not JSON: the string is too long"),
        ("{\"\(String(repeating: "k", count: 900))\":1}", "unknown key kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk:"),
    ]

    @Test("rejects invalid requests with a message", arguments: invalidRequests)
    func rejects(text: String, message: String) {
        do throws(DeviceRequestError) {
            let request = try Self.request(text)
            Issue.record("\(request)")
        } catch {
            #expect(error.text.hasPrefix(message), "\(error.text)")
        }
    }

    @Test("accepts names of 64 bytes and 16 four-byte characters")
    func longest() throws {
        let (plain, wide) = (String(repeating: "x", count: 64), String(repeating: "🎯", count: 16))
        #expect(try Self.request("{\"name\":\"\(plain)\"}").name == .set(plain))
        #expect(try Self.request("{\"name\":\"\(wide)\"}").name == .set(wide))
        #expect(throws: DeviceRequestError.self) { try Self.request("{\"name\":\"\(wide)x\"}") }
    }

    @Test("writes every member, and null where the value is unknown")
    func json() throws {
        let time = WallTime(nanoseconds: 1_790_000_000_000_000_000)
        var device = DeviceStatus(
            id: "60:09:C3:1F:DC:1A", family: .amgCommander, transport: "bluetooth", role: "timer", state: .waiting,
            link: "seen", firstSeen: time, lastSeen: time)
        let start = #"{"id":"60:09:C3:1F:DC:1A","#
        let times = #""first_seen":"2026-09-21T14:13:20.000Z","last_seen":"2026-09-21T14:13:20.000Z","#
        #expect(
            text(device) == start
                + #""name":"60:09:C3:1F:DC:1A","given_name":null,"own_name":null,"family":"amg-commander","#
                + #""transport":"bluetooth","role":"timer","target":null,"user":null,"state":"waiting","link":"seen","#
                + times + #""battery":null,"signal":null,"died":null,"frames":0,"refused":0,"losses":0,"reconnects":0,"#
                + #""last_loss":null,"notes":[]}"#)
        (device.ownName, device.givenName, device.target) = ("AMG \"Lab\"", "Bay 1", "T1")
        (device.battery, device.signal, device.frames, device.rejects) = (80, -61, .max, 2)
        (device.disconnects, device.reconnects, device.lastDisconnectReason) = (3, 4, .linkLost)
        device.died = time
        device.warnings = [.init(name: "pushes_off", text: "it is asked")]
        #expect(
            text(device) == start
                + #""name":"Bay 1","given_name":"Bay 1","own_name":"AMG \"Lab\"","family":"amg-commander","#
                + #""transport":"bluetooth","role":"timer","target":"T1","user":null,"state":"waiting","link":"seen","#
                + times + #""battery":80,"signal":-61,"died":"2026-09-21T14:13:20.000Z","#
                + #""frames":18446744073709551615,"refused":2,"losses":3,"#
                + #""reconnects":4,"last_loss":"link_lost","notes":[{"note":"pushes_off","text":"it is asked"}]}"#)
    }

    @Test("adds a warning when a change was not saved")
    func warning() {
        let gone = String(decoding: DeviceAPI.updated(nil, "heart-board-1", "no space").body, as: UTF8.self)
        #expect(gone.hasPrefix(#"{"id":"heart-board-1","state":"forgotten","warning":"#))
        #expect(gone.hasSuffix(#": no space"}"#))
        #expect(APIError(DeviceRequestError.unknownDevice).status == .notFound)
        #expect(APIError(DeviceRequestError.empty).status == .badRequest)
    }

    private func text(_ device: DeviceStatus) -> String {
        String(decoding: DeviceAPI.updated(device, device.id, nil).body, as: UTF8.self)
    }
}
