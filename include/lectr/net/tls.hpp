// TLS settings for both sides. Contexts are built on the cold side and shared; OpenSSL counts references by itself.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "lectr/base/result.hpp"
#include "lectr/net/link.hpp"

namespace lectr::net {

// For a listener. Throws std::runtime_error naming the file and OpenSSL's reason when certificate and key can't be used together.
TlsContext server_tls(const std::string& certificate_file, const std::string& key_file);

// For connections to providers: TLS 1.2 and later, verification always on. `ca_file` empty: the system's trust store. Throws as above.
TlsContext client_tls(const std::string& ca_file);

}  // namespace lectr::net
