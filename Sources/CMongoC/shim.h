#include <mongoc/mongoc.h>
#include <stdio.h>

/// The size of an error message.
enum { MONGODB_MESSAGE_BYTES = 512 };

/// Runs a command, which is a BSON document. Returns the reply as JSON, to be released with bson_free; or NULL and a
/// message. Swift cannot allocate a bson_t, because it does not know its alignment.
static inline char *mongodb_run(
    mongoc_client_t *client, const char *database, const uint8_t *command, size_t length, bool writes, char *message) {
    bson_t document, reply;
    bson_error_t error = {0};
    message[0] = 0;
    if (!bson_init_static(&document, command, length)) {
        snprintf(message, MONGODB_MESSAGE_BYTES, "the command is not a BSON document");
        return NULL;
    }
    bool succeeded = writes
        ? mongoc_client_write_command_with_opts(client, database, &document, NULL, &reply, &error)
        : mongoc_client_read_command_with_opts(client, database, &document, NULL, NULL, &reply, &error);
    char *text = succeeded ? bson_as_relaxed_extended_json(&reply, NULL) : NULL;
    if (!succeeded) snprintf(message, MONGODB_MESSAGE_BYTES, "%s", error.message);
    bson_destroy(&reply);
    return text;
}
