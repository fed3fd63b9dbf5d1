#include "limits/claim_script.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdio>

namespace lectr::limits {
namespace {

constexpr char kScript[] =
#include "claim_lua.inc"
    ;
constexpr std::array<const char*, 3> kKinds{"window", "slots", "money"};
constexpr std::array<const char*, 3> kLetters{"w", "s", "m"};
constexpr std::size_t kHead = 3, kPerItem = 7;

std::string real(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

}  // namespace

std::string_view claim_script() noexcept { return {kScript, sizeof kScript - 1}; }

std::string redis_key(OrgId org, Kind kind, const std::string& key) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(key.data(), key.size(), digest, &size, EVP_sha256(), nullptr);
  std::string out = "lectr:{" + std::to_string(org) + "}:" + kLetters[static_cast<std::size_t>(kind)] + ':';
  for (int i = 0; i < 16; ++i) {
    out.push_back("0123456789abcdef"[digest[i] >> 4]);
    out.push_back("0123456789abcdef"[digest[i] & 15]);
  }
  return out;
}

std::vector<std::string> claim_arguments(OrgId org, const Call& call, std::int64_t time_ms) {
  std::vector<std::string> out;
  out.reserve(10 + call.items.size() * 20);
  const auto put = [&out](auto... values) { (out.push_back(std::to_string(values)), ...); };
  put(1 + 2 * call.items.size());
  out.push_back("lectr:{" + std::to_string(org) + "}:clk");
  for (const Item& item : call.items) {
    std::string key = redis_key(org, item.kind, item.key);
    out.push_back(key);
    out.push_back(std::move(key) + ":b");
  }
  out.push_back(time_ms < 0 ? "" : std::to_string(time_ms));
  put(call.inc, call.instances, call.expected_ms, call.clock_set ? 1 : 0, call.ttl_ms);
  out.push_back(real(call.z));
  put(call.items.size());
  for (const Item& i : call.items) {
    out.emplace_back(kKinds[static_cast<std::size_t>(i.kind)]);
    put(i.limit, i.version, i.window_ms, i.width_ms, i.seq, i.acked, i.claim, i.settled, i.carried);
    out.push_back(real(i.variance));
    put(i.need, i.demand, i.spare, i.own_use, i.uses.size());
    for (const Use& use : i.uses) put(use.seq, use.age_ms, use.units);
  }
  return out;
}

bool read_claim_answer(std::span<const std::int64_t> n, std::size_t items, Reply& reply) {
  if (n.size() != kHead + kPerItem * items) return false;
  reply.ok = n[0] != 0;
  reply.late = n[1] != 0;
  reply.now_ms = n[2];
  reply.answers.resize(items);
  for (std::size_t i = 0; i < items; ++i) {
    const auto a = n.subspan(kHead + kPerItem * i, kPerItem);
    reply.answers[i] = {a[0] != 0, a[1] != 0, a[2], a[3], a[4], a[5], a[6]};
  }
  return true;
}

}  // namespace lectr::limits
