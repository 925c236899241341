import Clocks
import JSON
import Logging
import Reactor
import ShootingRange
import Web

/// Who the client is, and the tokens: `/api/login`, `/api/logout`, `/api/tokens`.
@ReactorActor
package struct AccessAPI: Surface {
    private let tokens: TokenService
    private let access: AccessControl
    /// How long a browser keeps the cookie with `keep`.
    private static let cookieDays = 30

    package init(_ tokens: TokenService, _ access: AccessControl) {
        self.tokens = tokens
        self.access = access
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/login", AccessDocumentation.whoAmI, access: .open) { [access] request in
            .response(Self.rights(of: access.client(of: request), access.rules))
        }
        routes.add(.post, "/api/login", AccessDocumentation.login, access: .signsIn) { request in
            .response(login(request))
        }
        routes.add(.post, "/api/logout", AccessDocumentation.logout, access: .signsIn) { request in
            var response = HTTPResponse(.noContent)
            response.headers.add("Set-Cookie", TokenCookie.clear(secure: request.isEncrypted))
            return .response(response)
        }
        routes.get("/api/tokens", AccessDocumentation.list, access: .administers) { [tokens] _ in
            .response(.object { $0.array("tokens", tokens.table.records) { $1.value($0) } })
        }
        routes.add(.post, "/api/tokens", AccessDocumentation.add, access: .administers) { [tokens] request in
            .asyncResponse { await Self.add(request, tokens) }
        }
        routes.add(.delete, "/api/tokens/{id}", AccessDocumentation.revoke, access: .administers) {
            [tokens] request in
            .asyncResponse { await Self.revoke(request, tokens) }
        }
    }

    // MARK: Signing in

    private func login(_ request: HTTPRequest) -> HTTPResponse {
        guard let object = try? request.object(), let token = object["token"]?.stringValue,
            object["keep"] == nil || object["keep"]?.booleanValue != nil
        else { return APIError.invalid("send {\"token\": text, \"keep\": true or false}").response }
        let keep = object["keep"]?.booleanValue ?? false
        let client = access.client(of: request, presenting: token)
        if let response = client.rejectionOfToken { return response }
        var response = Self.rights(of: client, access.rules)
        response.headers.add("Cache-Control", "no-store")
        response.headers.add(
            "Set-Cookie",
            TokenCookie.set(token, days: keep ? Self.cookieDays : nil, secure: request.isEncrypted))
        return response
    }

    private static func rights(of client: ClientAccess, _ rules: AccessRules) -> HTTPResponse {
        var response = HTTPResponse.object { writer in
            writer.member("name", orNull: client.token?.name)
            writer.member("role", orNull: client.role?.rawValue)
            writer.member("tokens", rules.hasTokens)
            writer.array("may", AccessRole.allCases.filter { client.reject($0.access) == nil }) {
                $1.string($0.rawValue)
            }
        }
        response.headers.set("Cache-Control", "no-store")
        return response
    }

    // MARK: Tokens

    private static func add(_ request: HTTPRequest, _ tokens: TokenService) async -> HTTPResponse {
        guard let members = try? RequestMembers(request.object(), known: ["name", "role"]),
            let name = try? members.text("name") ?? nil,
            let role = (try? members.text("role") ?? nil).flatMap({ $0 }).flatMap(AccessRole.init(rawValue:))
        else {
            let roles = AccessRole.allCases.map(\.rawValue).joined(separator: ", ")
            return APIError.invalid("send {\"name\": text, \"role\": one of \(roles)}").response
        }
        do {
            let (token, record) = try await tokens.add(name, role)
            var response = HTTPResponse.object(status: .created) { writer in
                writer.members(of: record)
                writer.member("token", token.text)
            }
            response.headers.add("Cache-Control", "no-store")
            return response
        } catch let error as TokenTable.NewTokenError {
            let reason: APIError.Reason =
                switch error {
                case .invalidName: .invalid
                case .nameInUse: .conflict
                case .tooMany: .limit
                }
            return APIError(reason: reason, message: error.description).response
        } catch {
            return APIError(reason: .unavailable, message: "the token was not stored: \(error)").response
        }
    }

    private static func revoke(_ request: HTTPRequest, _ tokens: TokenService) async -> HTTPResponse {
        let id = request.parameters["id"]
        do {
            guard let record = try await tokens.revoke(id) else {
                return APIError.unknown("there is no token \(id)").response
            }
            return .json { $0.value(record) }
        } catch {
            return APIError(reason: .unavailable, message: "the token was not revoked: \(error)").response
        }
    }
}

extension AccessRole {
    /// What it is enough for.
    fileprivate var access: RouteAccess {
        switch self {
        case .read: .reads
        case .operate: .operates
        case .admin: .administers
        }
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ record: TokenRecord) {
        beginObject()
        members(of: record)
        endObject()
    }

    fileprivate mutating func members(of record: TokenRecord) {
        member("id", record.id)
        member("name", record.name)
        member("role", record.role.rawValue)
        member("created", record.created)
        member("last_used", orNull: record.lastUsed)
    }
}
