import Clocks
import Reactor

/// Understands what one device says on its port.
@ReactorActor
protocol SerialReader: AnyObject {
    /// What must be written to the device before it says anything.
    var startCommand: [UInt8] { get }

    /// Takes what the port says, as it comes.
    func receive(_ bytes: ArraySlice<UInt8>, at moment: Moment)

    /// Nothing more will come.
    func finish(at moment: Moment)
}
