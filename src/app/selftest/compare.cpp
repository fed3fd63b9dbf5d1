#include "app/selftest/compare.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "lectr/base/text.hpp"

namespace lectr::app::selftest {
namespace {

using namespace std::string_view_literals;

// Of one connection, or the gateway's own to read; a credential is looked at by itself.
constexpr std::array kNotEndToEnd = {"host"sv, "connection"sv, "keep-alive"sv, "proxy-connection"sv, "te"sv, "transfer-encoding"sv, "upgrade"sv};
constexpr std::array kCredentials = {"authorization"sv, "x-api-key"sv, "api-key"sv, "x-goog-api-key"sv};

std::string_view name_of(std::string_view line) { return line.substr(0, line.find(':')); }

template <class Names>
bool is_one_of(std::string_view line, const Names& names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return iequals(name_of(line), name); });
}

std::string_view head_of(std::string_view message) { return message.substr(0, message.find("\r\n\r\n") + 2); }

std::vector<std::string_view> lines_of(std::string_view head) {
  std::vector<std::string_view> lines;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    if (end == head.npos || end == 0) break;
    lines.push_back(head.substr(0, end));
    head.remove_prefix(end + 2);
  }
  return lines;
}

// The start line and what is passed on, in its order and spelling.
std::vector<std::string_view> end_to_end(std::string_view head) {
  std::vector<std::string_view> lines = lines_of(head);
  const auto ours = [](std::string_view line) { return is_one_of(line, kNotEndToEnd) || is_one_of(line, kCredentials); };
  if (!lines.empty()) lines.erase(std::remove_if(lines.begin() + 1, lines.end(), ours), lines.end());
  return lines;
}

bool one_credential(std::string_view head, std::string_view credential) {
  std::size_t all = 0, right = 0;
  for (const std::string_view line : lines_of(head)) {
    if (!is_one_of(line, kCredentials)) continue;
    ++all;
    right += line.ends_with(credential);
  }
  return all == 1 && right == 1;
}

bool has_ours(std::string_view head) {
  const auto lines = lines_of(head);
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) { return istarts_with(line, "x-lectr-"); });
}

}  // namespace

std::string body_of(const std::string& message) { return message.substr(std::min(message.size(), message.find("\r\n\r\n") + 4)); }

std::string short_hash(const std::string& bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  ::crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  std::array<char, 17> text{};
  ::sodium_bin2hex(text.data(), text.size(), digest.data(), 8);
  return text.data();
}

std::vector<std::string> differences(const std::string& sent, const std::string& credential, const std::vector<Got>& got, const Scripted& scripted,
                                     const Answer& answer) {
  std::vector<std::string> out;
  const auto say = [&out](bool differs, const char* what) {
    if (differs) out.emplace_back(what);
  };
  if (!answer.problem.empty()) out.push_back(answer.problem);
  say(got.empty(), "the provider got nothing");
  say(got.size() > 1, "the provider got it more than once");
  if (!got.empty()) {
    say(end_to_end(head_of(sent)) != end_to_end(got[0].head), "request line or fields differ");
    say(!one_credential(got[0].head, credential), "the provider's credential is not the one that was sent");
    say(has_ours(got[0].head), "a field for the gateway reached the provider");
    say(body_of(sent) != got[0].body, "the request's body differs");
  }
  if (!answer.problem.empty()) return out;
  say(end_to_end(head_of(scripted.answer)) != end_to_end(answer.head), "status line or fields of the answer differ");
  say(body_of(scripted.answer) != answer.body, "the answer's body differs");
  say(!answer.whole, "the answer was cut");
  return out;
}

}  // namespace lectr::app::selftest
