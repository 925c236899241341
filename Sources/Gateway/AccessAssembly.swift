import Configuration
import Metrics
import Network
import Reactor
import Store
import Surfaces
import Web

/// Who may use the gateway, and the encryption of their connections.
@ReactorActor
struct AccessAssembly {
    let control: AccessControl
    let tokens: TokenService
    let tls: TLSService

    init(_ configuration: Configuration, metrics: MetricsRegistry) throws {
        control = AccessControl(origins: configuration.originPolicy)
        control.apply(configuration.accessSettings)
        control.register(in: metrics)
        tokens = try TokenService(TokenFile(directory: StateDirectory.path(configuration.stateDirectory)), control)
        tls = TLSService(metrics: metrics)
        tls.use(try configuration.tlsContext())
    }

    func apply(_ configuration: Configuration, context: TLSContext?) {
        tls.use(context)
        control.apply(configuration.accessSettings)
        tokens.reload()
    }
}
