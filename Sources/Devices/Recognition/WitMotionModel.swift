/// Which sensor of one maker it is, when the name does not say: both begin their frames with `55 61`.
package enum WitMotionModel: Hashable, Sendable {
    /// WTVB01: 28 bytes and more.
    case vibration
    /// WT901: 20 bytes, with acceleration, rotation and angle.
    case attitude
    /// Whole frames do not fit through the link, so all of them look alike.
    case undecided

    /// - Parameters:
    ///   - length: of a notification that begins with `55 61`.
    ///   - mtu: of the link. Three bytes of it are for the protocol.
    package init(notificationLength length: Int, mtu: Int) {
        let room = mtu - 3
        if length >= 28, length % 20 != 0 || length % 40 == 0 {
            self = .vibration
        } else if length > 0, length % 20 == 0, length < room {
            self = .attitude
        } else {
            self = .undecided
        }
    }
}
