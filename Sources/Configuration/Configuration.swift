import Clocks

/// Everything that a person can decide about the gateway. `Configuration()` is the gateway without any
/// configuration, and it works; what each value means to a person is told once, in the ``Schema``.
package struct Configuration: Sendable, Equatable {
    package var log = Log()
    /// Where the gateway keeps what must outlive it. Empty: the service manager's place, else the user's own.
    package var stateDirectory = ""
    package var http = HTTP()
    package var live = Live()
    package var heart = Heart()
    package var serial = Serial()
    package var bluetooth = Bluetooth()
    package var devices = Devices()
    package var range = Range()
    package var web = Web()
    package var store = Store()
    package var shutdownTimeout = Nanoseconds.seconds(5)

    package init() {}
}
