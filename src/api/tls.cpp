#include "api/tls.hpp"

#include <stdexcept>

#include "lectr/telemetry/log.hpp"

namespace lectr::api {
namespace ssl = boost::asio::ssl;

TlsSource::TlsSource(config::TlsFiles files) : files_{std::move(files)} {
  if (!on()) return;
  loaded_ = times();
  context_ = load();
}

std::shared_ptr<ssl::context> TlsSource::current(std::int64_t now_us) {
  const std::lock_guard lock{mutex_};
  if (!on() || now_us - checked_us_ < 1'000'000) return context_;
  checked_us_ = now_us;
  if (const Times now = times(); now != loaded_) {
    loaded_ = now;
    try {
      context_ = load();
      log::info("dashboard: certificate reloaded");
    } catch (const std::exception& e) { log::warn(std::string{"dashboard: the old certificate stays: "} + e.what()); }
  }
  return context_;
}

std::shared_ptr<ssl::context> TlsSource::load() const {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                       ssl::context::no_tlsv1_1 | ssl::context::no_compression);
  boost::system::error_code failed;
  context->use_certificate_chain_file(files_.certificate, failed);
  if (failed) throw std::runtime_error("can't use certificate " + files_.certificate + ": " + failed.message());
  context->use_private_key_file(files_.key, ssl::context::pem, failed);
  if (failed) throw std::runtime_error("can't use key " + files_.key + ": " + failed.message());
  return context;
}

TlsSource::Times TlsSource::times() const noexcept {
  std::error_code ignored;
  return {std::filesystem::last_write_time(files_.certificate, ignored), std::filesystem::last_write_time(files_.key, ignored)};
}

}  // namespace lectr::api
