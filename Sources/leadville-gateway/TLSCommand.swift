import Configuration
import Network

/// `tls init`: makes a private authority and a server certificate.
enum TLSCommand {
    static func run(_ options: TLSOptions) -> ExitStatus {
        let authority = PrivateAuthority(directory: options.directory)
        let isNew = !authority.exists
        let names = LocalMachine.certificateNames(besides: options.names)
        do throws(TLSError) {
            try authority.create(organisation: "LeadVille Gateway \(LocalMachine.hostName)")
            try authority.issue(for: names)
        } catch {
            return StandardStream.fail("No certificate was made: \(error)")
        }
        return StandardStream.printResult(
            """
            \(isNew ? "Made an authority" : "Kept the authority"), \(authority.certificateFile), and issued a certificate for \
            \(names.joined(separator: ", ")).

            Add this to the configuration, and restart the gateway (a reload is enough for a renewed certificate):

            tls:
              certificate: \(authority.serverCertificateFile)
              key: \(authority.serverKeyFile)
              authority: \(authority.certificateFile)

            Keep \(authority.keyFile) secret: with it, anyone can impersonate this gateway.
            Open http://\(names.first ?? "localhost"):8000/tls on a phone to let it trust the gateway.

            """)
    }
}
