import Glibc

/// The system's limit on the size of any file that this process writes.
enum FileSizeLimit {
    /// Writing beyond it becomes an error instead of the end of the process.
    static func set(_ bytes: UInt) {
        signal(SIGXFSZ, SIG_IGN)
        apply(rlim_t(bytes))
    }

    static func lift() {
        apply(rlim_t.max)
    }

    /// The soft limit only: the hard one stays where it was, so that this one can be raised again.
    private static func apply(_ bytes: rlim_t) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
        limit.rlim_cur = min(bytes, limit.rlim_max)
        setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
    }
}
