import CMongoC
import Glibc
import JSON
import MongoDBDocuments

/// A server of MongoDB, through libmongoc. Calls block; the library connects again by itself.
final class MongoDBServer {
    enum Failure: Error, CustomStringConvertible {
        case invalidURI(String)
        case failed(String)
        /// The server does not accept a document.
        case rejected(String)

        var description: String {
            switch self {
            case .invalidURI(let reason): "the address of MongoDB is invalid: \(reason)"
            case .failed(let reason): "MongoDB: \(reason)"
            case .rejected(let reason): "MongoDB does not accept the document: \(reason)"
            }
        }
    }

    private let client: OpaquePointer
    private let database: String

    private static let documentLimits = JSONLimits(
        depth: 128, bytes: 16 << 20, stringBytes: 1 << 20, members: 1 << 20, numberBytes: 128)

    init(uri text: String, database: String) throws {
        mongoc_init()
        var error = bson_error_t()
        guard let uri = mongoc_uri_new_with_error(text, &error) else {
            throw Failure.invalidURI(Self.message(&error))
        }
        defer { mongoc_uri_destroy(uri) }
        guard let client = mongoc_client_new_from_uri(uri) else {
            throw Failure.invalidURI("libmongoc cannot use it")
        }
        mongoc_client_set_appname(client, "leadville-gateway-mongodb")
        self.client = client
        self.database = database
    }

    deinit {
        mongoc_client_destroy(client)
    }

    /// Writes documents. Throws `rejected` if the server does not accept one of them.
    func write(_ command: [UInt8]) throws {
        let reply = try run(command, writes: true)
        if let error = reply["writeErrors"]?[0] {
            throw Failure.rejected(error["errmsg"]?.stringValue ?? "it does not say why")
        }
        if let error = reply["writeConcernError"] {
            throw Failure.failed(error["errmsg"]?.stringValue ?? "the write is not safe yet")
        }
    }

    /// The documents of the first batch.
    func find(_ command: [UInt8]) throws -> [JSONValue] {
        guard let batch = try run(command, writes: false)["cursor"]?["firstBatch"]?.arrayValue else {
            throw Failure.failed("the reply has no documents")
        }
        return batch
    }

    private func run(_ command: [UInt8], writes: Bool) throws -> JSONValue {
        var message = [CChar](repeating: 0, count: Int(MONGODB_MESSAGE_BYTES))
        guard let text = mongodb_run(client, database, command, command.count, writes, &message) else {
            throw Failure.failed(
                String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        defer { bson_free(text) }
        let bytes = UnsafeRawBufferPointer(start: text, count: strlen(text))
        do throws(JSONError) {
            return try JSONValue(parsing: Array(bytes), limits: Self.documentLimits)
        } catch {
            throw Failure.failed("the reply cannot be read: \(error)")
        }
    }

    private static func message(_ error: inout bson_error_t) -> String {
        withUnsafeBytes(of: &error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
