extension Configuration {
    /// TLS on every TCP port.
    package struct TLS: Sendable, Equatable {
        /// Empty: no TLS.
        package var certificate = ""
        package var key = ""
        package var authority = ""
        package var required = false

        package init() {}
    }
}

extension Schema {
    static let tls = Part(
        Section(
            "tls",
            "TLS (https, wss) on every TCP port; each port then serves both. `leadville-gateway tls init` makes the files."
        ),
        [
            Setting(
                "tls.certificate", \.tls.certificate, .path, .live,
                """
                A PEM file with the certificate, followed by those of intermediate authorities; when empty, there is no \
                TLS. SIGHUP reads it again without losing a connection.
                """),
            Setting("tls.key", \.tls.key, .path, .live, "A PEM file with the certificate's private key."),
            Setting(
                "tls.authority", \.tls.authority, .path, .live,
                "A PEM file with the certificate of a private authority, which the page /tls offers to phones."),
            Setting(
                "tls.required", \.tls.required, .flag, .restart,
                """
                Whether clients on other machines must use TLS: pages are redirected to https, everything else is \
                rejected.
                """),
        ])
}
