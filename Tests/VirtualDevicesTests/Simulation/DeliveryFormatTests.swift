import Clocks
import Testing

@testable import VirtualDevices

@Suite("Writing deliveries down") struct DeliveryFormatTests {
    private func text(_ notation: DeliveryFormat) -> String {
        var text: [UInt8] = []
        notation.write(VirtualDelivery(.milliseconds(1_005), Array("{:\u{7F}".utf8)), to: &text)
        notation.write(VirtualDelivery(linkLostAt: .seconds(70)), to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    @Test("hex has the time behind it, bytes have nothing")
    func notations() {
        #expect(text(.hexLines) == "7b 3a 7f  # 1.005 s\n# 70.000 s: the link is lost\n")
        #expect(text(.bytes) == "{:\u{7F}")
        #expect(text(.textLines) == "{:\u{7F}\n")
    }
}
