/// What the program tells the shell.
enum ExitStatus: Int32 {
    case success = 0
    /// What was asked for failed.
    case failure = 1
    /// The command line was not understood.
    case usage = 2
}
