#include "app/demo/digest.hpp"

#include <openssl/evp.h>

namespace lectr::demo {

void Digest::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Digest::Digest() = default;
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::clear() noexcept {
  text_.clear();
  length_ = 0;
  running_.reset();
}

void Digest::append(std::string_view bytes) {
  length_ += bytes.size();
  if (!running_ && length_ <= kKept) {
    text_.append(bytes);
    return;
  }
  if (!running_) {
    running_.reset(EVP_MD_CTX_new());
    EVP_DigestInit_ex(running_.get(), EVP_sha256(), nullptr);
    EVP_DigestUpdate(running_.get(), text_.data(), text_.size());
    const std::size_t hashed = text_.size();
    text_.append(bytes.substr(0, kKept - hashed));
  }
  EVP_DigestUpdate(running_.get(), bytes.data(), bytes.size());
}

std::string Digest::hex() const {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (running_) {
    const std::unique_ptr<evp_md_ctx_st, Free> copy{EVP_MD_CTX_new()};  // finishing would end the running one
    EVP_MD_CTX_copy_ex(copy.get(), running_.get());
    EVP_DigestFinal_ex(copy.get(), raw, &size);
  } else {
    EVP_Digest(text_.data(), text_.size(), raw, &size, EVP_sha256(), nullptr);
  }
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    constexpr char kHex[] = "0123456789abcdef";
    text += kHex[raw[i] >> 4];
    text += kHex[raw[i] & 15];
  }
  return text;
}

}  // namespace lectr::demo
