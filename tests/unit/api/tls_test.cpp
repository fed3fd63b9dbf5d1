#include "api/tls.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <filesystem>
#include <fstream>

#include "lectr/api/server.hpp"
#include "support/fake_stores.hpp"

namespace lectr::api {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace fs = std::filesystem;
constexpr std::int64_t kSecond = 1'000'000;

// A self-signed pair with this serial number; its files' times move on by one second per serial, whatever the file system's resolution.
void write_pair(const config::TlsFiles& files, long serial) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  const std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), &X509_free};
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  std::FILE* out = std::fopen(files.certificate.c_str(), "w");
  PEM_write_X509(out, certificate.get());
  std::fclose(out);
  out = std::fopen(files.key.c_str(), "w");
  PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  for (const auto& path : {files.certificate, files.key}) fs::last_write_time(path, fs::file_time_type{} + std::chrono::seconds{1'000 + serial});
}

class Tls : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_);
    write_pair(files_, 1);
  }
  void TearDown() override { fs::remove_all(folder_); }
  static long serial_of(asio::ssl::context& context) {
    return ASN1_INTEGER_get(X509_get_serialNumber(SSL_CTX_get0_certificate(context.native_handle())));
  }

  const fs::path folder_ = fs::temp_directory_path() / ("lectr-tls-" + std::to_string(::getpid()));
  const config::TlsFiles files_{(folder_ / "cert.pem").string(), (folder_ / "key.pem").string()};
};

TEST_F(Tls, NewFilesAreTakenWithinASecond) {
  TlsSource source{files_};
  EXPECT_EQ(serial_of(*source.current(10 * kSecond)), 1);
  write_pair(files_, 2);
  EXPECT_EQ(serial_of(*source.current(10 * kSecond + 500'000)), 1);
  EXPECT_EQ(serial_of(*source.current(11 * kSecond)), 2);
}

TEST_F(Tls, BrokenFilesLeaveTheOldPairInForce) {
  TlsSource source{files_};
  std::ofstream{files_.certificate} << "half a certif";
  EXPECT_EQ(serial_of(*source.current(10 * kSecond)), 1);
  write_pair(files_, 3);
  EXPECT_EQ(serial_of(*source.current(12 * kSecond)), 3);
}

TEST_F(Tls, MissingFileStopsTheStartAndIsNamed) {
  try {
    TlsSource source{{files_.certificate + ".not", files_.key}};
    FAIL() << "started";
  } catch (const std::runtime_error& e) { EXPECT_NE(std::string{e.what()}.find(files_.certificate + ".not"), std::string::npos) << e.what(); }
}

TEST_F(Tls, SessionCookieIsSecure) {
  fake::Mishap mishap;
  store::Stores stores{std::make_unique<fake::Events>(mishap), std::make_unique<fake::Control>(mishap), std::make_unique<fake::Insight>(mishap),
                       std::make_unique<fake::Alerts>(mishap)};
  const OrgId org = *stores.control->add_org("halden");
  (void)stores.control->add_user({.org = org, .name = "mara", .password_hash = hash_password("word"), .role = store::Role::admin});
  Server server{{{{"127.0.0.1", 0}, files_}, &stores, {}, {}, ""}};
  server.start(1);

  asio::io_context io;
  asio::ssl::context context{asio::ssl::context::tls_client};
  asio::ssl::stream<asio::ip::tcp::socket> stream{io, context};
  stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), server.port()});
  stream.handshake(asio::ssl::stream_base::client);
  http::request<http::string_body> request{http::verb::post, "/api/v1/login", 11, R"({"user":"mara","password":"word"})"};
  request.set(http::field::content_type, "application/json");
  request.prepare_payload();
  http::write(stream, request);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(stream, buffer, response);
  EXPECT_EQ(response.result_int(), 200u);
  EXPECT_NE(std::string{response["Set-Cookie"]}.find("; Secure"), std::string::npos);
}

}  // namespace
}  // namespace lectr::api
