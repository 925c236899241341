extension DeviceForm {
    /// Every form of every device that has a decoder: one line for each device.
    package static let all: [DeviceForm] = [
        AMGForms.all,
        BT50Forms.all,
        HeartForms.all,
        HeartStrapForms.all,
        MatForms.all,
        PhoneForms.all,
        SGForms.all,
        SpecialPieForms.all,
    ].flatMap(\.self)
}
