extension DecoderVariant {
    /// Every form of every device that has a decoder: one line for each device.
    package static let all: [DecoderVariant] = [
        AMGVariants.all,
        BT50Variants.all,
        HeartBoardVariants.all,
        HeartStrapVariants.all,
        MatVariants.all,
        PhoneVariants.all,
        SGVariants.all,
        SpecialPieVariants.all,
    ].flatMap(\.self)
}
