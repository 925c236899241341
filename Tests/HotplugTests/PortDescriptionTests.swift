import Testing

@testable import Hotplug

@Suite("Port descriptions from udev")
struct PortDescriptionTests {
    @Test("describes a CP2102 from udev properties")
    func properties() throws {
        let facts = FixedAttributes(properties: [
            "ID_BUS": "usb", "ID_VENDOR_ID": "10c4", "ID_MODEL_ID": "ea60", "ID_SERIAL_SHORT": "00A1B2",
            "ID_PATH": "pci-0000:00:14.0-usb-0:2:1.0", "ID_USB_INTERFACE_NUM": "00", "ID_USB_DRIVER": "cp210x",
            "ID_MODEL_FROM_DATABASE": "CP210x UART Bridge", "DEVLINKS": "/dev/serial/by-path/p /dev/leadville/00A1B2",
        ])
        let port = try #require(PortDescription(facts))
        #expect(port.isUSB && port.usbID == "10c4:ea60" && port.driver == "cp210x")
        #expect(port.links == ["/dev/leadville/00A1B2", "/dev/serial/by-path/p"])
        #expect(
            port.identities.map(\.text) == [
                "usb-10c4:ea60-00A1B2-00", "usb-10c4:ea60-pci-0000:00:14.0-usb-0:2:1.0-00", "port-ttyUSB0",
            ])
        #expect(port.description == "/dev/ttyUSB0 (CP210x UART Bridge, 10c4:ea60, serial 00A1B2)")
    }

    @Test("describes a CP2102 from kernel attributes when udev rules have not run")
    func attributes() throws {
        let facts = FixedAttributes(attributes: [
            "idVendor": "10c4", "idProduct": "ea60", "serial": "00A1B2", "product": "CP2102",
        ])
        let port = try #require(PortDescription(facts))
        #expect(port.isUSB && port.name == "CP2102")
        #expect(port.identities.map(\.text) == ["usb-10c4:ea60-00A1B2", "port-ttyUSB0"])
    }

    @Test(
        "ignores serial numbers that many adapters share",
        arguments: ["", "0", "0001", "00000000", "12345678"])
    func sharedSerialNumbers(text: String) throws {
        let facts = FixedAttributes(properties: ["ID_BUS": "usb", "ID_SERIAL_SHORT": text])
        #expect(try #require(PortDescription(facts)).serialNumber == nil)
    }

    @Test(
        "ignores terminals that are not ports",
        arguments: [
            "/sys/devices/virtual/tty/tty1", "/sys/devices/platform/serial8250/tty/ttyS1",
        ])
    func noPorts(systemPath: String) {
        #expect(PortDescription(FixedAttributes(systemPath: systemPath)) == nil)
    }

    @Test("identifies a built-in port by its node")
    func onBoard() throws {
        let port = try #require(
            PortDescription(FixedAttributes(systemPath: "/sys/devices/platform/soc/fe201000.serial/tty/ttyAMA0")))
        #expect(!port.isUSB && port.usbID == nil && port.identities == [.node("/dev/ttyUSB0")])
        #expect(port.identities[0].text == "port-ttyUSB0")
        #expect(PortIdentity.node("/run/range/mat").text == "port-run-range-mat")
    }

    @Test("turns a hostile serial number into one harmless word")
    func hostile() throws {
        let facts = FixedAttributes(properties: [
            "ID_BUS": "usb", "ID_VENDOR_ID": "0403", "ID_MODEL_ID": "6001",
            "ID_SERIAL_SHORT": "a b\n\"c\"/../\u{1B}[2Jé" + String(repeating: "x", count: 500),
        ])
        let text = try #require(PortDescription(facts)).identities[0].text
        #expect(text.hasPrefix("usb-0403:6001-a_b__c__..__[2J__xxx") && text.utf8.count <= 204)
    }
}

private struct FixedAttributes: UdevAttributes {
    var properties: [String: String] = [:]
    var attributes: [String: String] = [:]
    var portNumber: String?
    var node: String? = "/dev/ttyUSB0"
    var systemPath: String? = "/sys/devices/pci0/usb1/1-2/1-2:1.0/ttyUSB0/tty/ttyUSB0"

    func property(_ name: String) -> String? { properties[name] }
    func usbAttribute(_ name: String) -> String? { attributes[name] }
}
