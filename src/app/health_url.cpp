#include "app/health_command.hpp"

namespace lectr::app {

std::string health_url(const config::Listen& admin) {
  if (admin.address.port == 0) return {};
  std::string host = admin.address.host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != host.npos) host = '[' + host + ']';
  return (admin.tls.certificate.empty() ? "http://" : "https://") + host + ':' + std::to_string(admin.address.port) + "/health";
}

}  // namespace lectr::app
