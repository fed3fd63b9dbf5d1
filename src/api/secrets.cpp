// Passwords and random secrets. libsodium for argon2id and the random source: one audited library instead of our own glue.
#include <openssl/sha.h>
#include <sodium.h>

#include <stdexcept>

#include "lectr/api/server.hpp"

namespace lectr::api {
namespace {

// argon2id, 4 passes over 64 MiB: about 100 ms (measured, see README.md). libsodium's "moderate" takes 256 MiB and thrice as long, too much for a
// gateway that shares its cores with traffic; its "interactive" is these 64 MiB with 2 passes.
constexpr unsigned long long kPasses = 4;
constexpr auto kMemory = crypto_pwhash_MEMLIMIT_INTERACTIVE;
constexpr int kSecretLength = 43;  // 62^43 > 2^256
constexpr char kBase62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

void need_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium can't start: no random source");
}

}  // namespace

std::string hash_password(const std::string& password) {
  need_sodium();
  char out[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(out, password.data(), password.size(), kPasses, kMemory, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::runtime_error("no memory to hash a password");
  return out;
}

bool verify_password(const std::string& hash, const std::string& password) {
  need_sodium();
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;  // compares in constant time
}

std::string new_secret(const char* prefix) {
  need_sodium();
  std::string out = prefix;
  for (int i = 0; i < kSecretLength; ++i) out += kBase62[randombytes_uniform(62)];
  return out;
}

store::Digest digest_of(std::string_view secret) {
  store::Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data());
  return digest;
}

}  // namespace lectr::api
