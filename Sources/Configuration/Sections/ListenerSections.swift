extension Configuration {
    /// The port where nearly everything is served: pages, interfaces, the live socket.
    package struct HTTP: Sendable, Equatable {
        /// Empty means every IPv4 and IPv6 address of the machine; so it does for every other host.
        package var host = ""
        package var port = 8000
        package var corsOrigins = ["*"]
        /// What requests that change something must show; empty means that nothing has to be shown.
        package var token = ""

        package init() {}
    }

    /// The live socket again, on the port of LeadVille's stand-alone setting.
    package struct Live: Sendable, Equatable {
        package var host = ""
        /// 0 means that this port is not opened.
        package var port = 8765

        package init() {}
    }
}
