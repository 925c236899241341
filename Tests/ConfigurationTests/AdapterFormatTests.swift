import Testing

@testable import Configuration

@Suite("Which Bluetooth adapter is used") struct AdapterFormatTests {
    typealias Adapter = Configuration.Bluetooth.Adapter

    @Test(
        "an adapter is named by its number or its address, and written as it was read",
        arguments: [
            ("any", Adapter.any, "any"), ("hci0", .number(0), "hci0"), ("hci12", .number(12), "hci12"),
            ("00:1A:7D:DA:71:13", .address(0x001A_7DDA_7113), "\"00:1A:7D:DA:71:13\""),
            ("ff:ff:ff:ff:ff:ff", .address(0xFFFF_FFFF_FFFF), "\"FF:FF:FF:FF:FF:FF\""),
        ] as [(String, Adapter, String)])
    func words(text: String, adapter: Adapter, written: String) {
        #expect(Adapter(text: text) == adapter)
        #expect(adapter.text == written)
    }

    @Test(
        "anything else is no adapter",
        arguments: [
            "", "Any", "hci", "hci-1", "hci+1", "hci65535", "hci99999", "hci٣", "usb0", "00:1A:7D:DA:71",
            "00:1A:7D:DA:71:13:00", "00:1A:7D:DA:71:1G", "0:1A:7D:DA:71:13", "001A7DDA7113", "+0:1A:7D:DA:71:13",
        ])
    func refused(text: String) {
        #expect(Adapter(text: text) == nil)
    }
}
