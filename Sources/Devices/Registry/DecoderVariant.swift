import Events

/// One of the forms in which a device speaks, with a decoder that can be used by those who know nothing of the device.
package struct DecoderVariant: Sendable {
    package let device: DeviceFamily
    /// Unlike that of any other form of this device.
    package let name: String
    /// One line for people.
    package let summary: String
    package let delivery: Delivery
    /// A decoder at the beginning of its stream.
    package let makeDecoder: @Sendable () -> any LoggingDecoder

    /// How the bytes of this form reach us.
    package enum Delivery: Sendable {
        /// In pieces of any size: where they are cut means nothing.
        case stream
        /// One datagram or notification at a time: where they are cut belongs to what they mean.
        case messages
        /// The same, and each message is one line of text when it stands in a file.
        case textMessages
    }

    package init(
        _ device: DeviceFamily, _ name: String, _ summary: String, _ delivery: Delivery,
        decoder makeDecoder: @escaping @Sendable () -> any LoggingDecoder
    ) {
        self.device = device
        self.name = name
        self.summary = summary
        self.delivery = delivery
        self.makeDecoder = makeDecoder
    }

    /// The forms of a device; the first is the one that is meant when none is named.
    package static func variants(of device: DeviceFamily) -> [DecoderVariant] {
        all.filter { $0.device == device }
    }
}

/// Bytes in, lines of JSON out.
package protocol LoggingDecoder: Sendable {
    /// Takes a piece of the stream, or one whole message, and logs what it says.
    mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog)

    /// Nothing more will come: logs what the decoder still holds back.
    mutating func finish(into log: inout ReadingLog)
}

extension LoggingDecoder {
    package mutating func finish(into log: inout ReadingLog) {}
}
