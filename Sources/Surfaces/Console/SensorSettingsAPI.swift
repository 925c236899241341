import JSON
import Reactor
import Web

/// Whoever can set something in a sensor on the radio.
@ReactorActor
package protocol SensorConfigurator: AnyObject {
    /// Passes the wish on. The sensor needs a moment for it, and what it is set to is then read back.
    func apply(_ wish: SensorSettingsRequest, to id: String) throws(SensorSettingsError)
}

/// What a sensor shall be set to, for good: what is nil stays as it is.
package struct SensorSettingsRequest: Hashable, Sendable {
    package private(set) var samplesPerSecond: Double?
    /// Momentary values instead of amplitudes.
    package private(set) var isMomentary: Bool?

    /// `{"rate_hz":100,"mode":"amplitudes"}`. What is not understood is refused.
    package init(_ body: [UInt8]) throws(SensorSettingsError) {
        guard let value = try? JSONValue(parsing: body), let members = value.objectValue?.members, !members.isEmpty
        else { throw .invalid("send an object with rate_hz or mode") }
        for (key, value) in members {
            switch (key, value.doubleValue, value.stringValue) {
            case ("rate_hz", let rate?, _): samplesPerSecond = rate
            case ("mode", _, "amplitudes"): isMomentary = false
            case ("mode", _, "momentary"): isMomentary = true
            case ("rate_hz", _, _): throw .invalid("rate_hz must be a number")
            case ("mode", _, _): throw .invalid("mode must be amplitudes or momentary")
            default: throw .invalid("\(key.prefix(40)) is not known: send rate_hz or mode")
            }
        }
    }
}

/// Why a sensor was not told.
package enum SensorSettingsError: Error, Hashable, Sendable {
    case unknown
    case invalid(String)
    /// Not at the moment; why, for people.
    case unavailable(String)

    var text: String {
        switch self {
        case .unknown: "there is no sensor of this id that is in use"
        case .invalid(let text), .unavailable(let text): text
        }
    }

    var status: HTTPStatus {
        switch self {
        case .unknown: .notFound
        case .invalid: .badRequest
        case .unavailable: .serviceUnavailable
        }
    }
}

/// Settings of sensors: `POST /api/devices/{id}/settings`.
@ReactorActor
package struct SensorSettingsAPI {
    private unowned let configurator: any SensorConfigurator

    package init(_ setter: any SensorConfigurator) {
        self.configurator = setter
    }

    package func add(to routes: Router) {
        routes.addAuthorised(.post, "/api/devices/{id}/settings") { [configurator] request in
            do throws(SensorSettingsError) {
                try configurator.apply(try SensorSettingsRequest(request.body), to: request.parameters["id"])
                return .response(Self.json("status", "sent", .accepted))
            } catch {
                return .response(Self.json("error", error.text, error.status))
            }
        }
    }

    private static func json(_ name: StaticString, _ text: String, _ status: HTTPStatus) -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member(name, text)
        writer.endObject()
        return .json(writer.finish(), status: status)
    }
}
