/// What the program tells the shell.
enum ExitStatus: Int32 {
    case success = 0
    /// A configuration was refused, or what was asked for failed.
    case failure = 1
    /// The command line was not understood.
    case usage = 2
}
