import Bluetooth
import Devices
import Testing

@Suite("Advertising data") struct AdvertisingDataTests {
    private func data(_ text: String) -> AdvertisingData { AdvertisingData(hex(text)[...]) }

    @Test("names, services of all lengths and power are read, the rest is passed over")
    func fields() {
        let data = data("020106 03030d18 05050f180000 0b0957545642303153454e53 020af4 04ff590001")
        #expect(data.name == "WTVB01SENS")
        #expect(data.services == [BluetoothUUID(short: 0x180D), BluetoothUUID(short: 0x180F)])
        #expect(data.transmitPower == -12)
        #expect(data.malformedFields == 0)
        let long = self.data("1107 9ecadc240ee5a9e093f3a3b50100406e")
        #expect(long.services.map(\.description) == ["6e400001-b5a3-f393-e0a9-e50e24dcca9e"])
    }

    @Test("a whole name wins over a shortened one, whichever comes first")
    func names() {
        #expect(data("040857542d 050957542d31").name == "WT-1")
        #expect(data("050957542d31 040857542d").name == "WT-1")
        var merged = data("040857542d")
        merged.merge(data("050957542d31"))
        #expect(merged.name == "WT-1")
        merged.merge(data("0309 5858"))
        #expect(merged.name == "XX")
        merged.merge(data("0308 5959"))
        #expect(merged.name == "XX")
    }

    @Test("a name is text on one line, whatever was sent")
    func hostileNames() {
        #expect(data("0609 41420043 44").name == "AB")
        #expect(data("0709 410a421b5b43").name == "AB[C")
        #expect(data("0409 c28541").name == "A")
        #expect(data("0309 ff41").name == "\u{FFFD}A")
        #expect(data("0109").name == nil && data("0209 00").name == nil)
    }

    @Test("what cannot be read is counted, and what stands before it is kept")
    func damages() {
        let cut = data("03030d18 0909 4142")
        #expect(cut.services.count == 1 && cut.name == nil && cut.malformedFields == 1)
        let odd = data("04030d1801")
        #expect(odd.services.count == 1 && odd.malformedFields == 1)
        #expect(data("03 0a 0102").malformedFields == 1)
        #expect(data("ff").malformedFields == 1)
        // The end of what a device has to say, and of nothing at all.
        #expect(data("03030d18 00 ffffff").malformedFields == 0)
        #expect(data("") == AdvertisingData())
    }

    @Test("one device's services are few and each is there once")
    func limits() {
        var data = AdvertisingData()
        for number in 0..<40 {
            data.merge(AdvertisingData([3, 3, UInt8(number), 0x18][...]))
            data.merge(AdvertisingData([3, 3, UInt8(number), 0x18][...]))
        }
        #expect(data.services.count == AdvertisingData.maximumServices)
        #expect(Set(data.services).count == AdvertisingData.maximumServices)
    }

    @Test("garbage of any length is read to its end")
    func garbage() {
        var random = SplitMix(seed: 3)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...62, using: &random)).map { _ in UInt8.random(in: 0...40, using: &random)
            }
            let data = AdvertisingData(bytes[...])
            #expect(data.services.count <= AdvertisingData.maximumServices)
        }
    }
}
