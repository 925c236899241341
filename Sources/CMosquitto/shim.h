#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/ssl.h>

/// Why the certificate of the broker was not accepted: a code of X509_verify_cert_error_string. X509_V_OK without TLS.
static inline long mosquitto_verify_result(struct mosquitto *client) {
    SSL *ssl = (SSL *)mosquitto_ssl_get(client);
    return ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
}

/// Lets TLS read several records in one call. Call it when connected; it has no effect without TLS.
static inline void mosquitto_read_ahead(struct mosquitto *client, size_t bytes) {
    SSL *ssl = (SSL *)mosquitto_ssl_get(client);
    if (!ssl)
        return;
    SSL_set_default_read_buffer_len(ssl, bytes);
    SSL_set_read_ahead(ssl, 1);
}
