#include "last_good.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "lectr/api/server.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;

std::string hex_of(const store::Digest& digest) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : digest) out += kHex[byte >> 4], out += kHex[byte & 15];
  return out;
}
store::Digest digest_from(const std::string& hex) {
  store::Digest digest{};
  if (hex.size() != 2 * digest.size()) throw std::invalid_argument("digest");
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<std::uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  return digest;
}

template <class T>
Json maybe(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
std::optional<std::int64_t> maybe_number(const Json& json) { return json.is_null() ? std::nullopt : std::optional{json.get<std::int64_t>()}; }

Json to_json(const store::OrgRow& org) {
  Json prices = Json::array();
  for (const auto& p : org.prices) prices.push_back({p.provider, p.model, p.input, p.output, maybe(p.cached), maybe(p.cache_write)});
  return {{"id", org.id},
          {"name", org.name},
          {"enabled", org.enabled},
          {"exact_stream_usage", org.exact_stream_usage},
          {"created_at_us", org.created_at_us},
          {"credential_refs", org.credential_refs},
          {"row_days", org.row_days},
          {"rollup_days", org.rollup_days},
          {"base_urls", org.base_urls},
          {"prices", prices}};
}
store::OrgRow org_from(const Json& json) {
  store::OrgRow org{.id = json.at("id"), .name = json.at("name"), .enabled = json.at("enabled"), .exact_stream_usage = json.at("exact_stream_usage")};
  org.created_at_us = json.at("created_at_us");
  json.at("credential_refs").get_to(org.credential_refs);
  org.row_days = json.at("row_days"), org.rollup_days = json.at("rollup_days");
  json.at("base_urls").get_to(org.base_urls);
  for (const Json& p : json.at("prices")) org.prices.push_back({p.at(0), p.at(1), p.at(2), p.at(3), maybe_number(p.at(4)), maybe_number(p.at(5))});
  return org;
}

Json to_json(const LastGood& state, const std::string& database) {
  Json orgs = Json::array(), keys = Json::array(), states = Json::array();
  for (const auto& org : state.control.orgs) orgs.push_back(to_json(org));
  for (const auto& key : state.control.keys) keys.push_back({key.id, key.org, hex_of(key.digest), maybe(key.expires_at_us), key.name});
  for (const auto& [org, row] : state.states) states.push_back({org, row.version, row.document});
  return {{"format", kFormat}, {"database", hex_of(api::digest_of(database))}, {"orgs", orgs}, {"keys", keys}, {"states", states}};
}

LastGood from_json(const Json& json, std::int64_t now_us) {
  LastGood out;
  for (const Json& org : json.at("orgs")) out.control.orgs.push_back(org_from(org));
  for (const Json& k : json.at("keys")) {
    store::KeyRow key{.id = k.at(0), .org = k.at(1), .digest = digest_from(k.at(2)), .expires_at_us = maybe_number(k.at(3))};
    if (k.size() > 4) key.name = k.at(4);  // limits may go by it
    if (!key.expires_at_us || *key.expires_at_us > now_us) out.control.keys.push_back(std::move(key));
  }
  for (const Json& s : json.at("states")) {
    store::ControlStateRow row{.org = s.at(0), .version = s.at(1), .document = s.at(2)};
    out.control.versions.emplace(row.org, row.version);
    out.states.emplace(row.org, std::move(row));
  }
  return out;
}

bool write_whole(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  return (::close(fd) == 0) && written && ::rename(fresh.c_str(), path.c_str()) == 0;
}

}  // namespace

void save_last_good(const std::string& path, const std::string& database, const LastGood& state) {
  if (!write_whole(path, to_json(state, database).dump(-1, ' ', false, Json::error_handler_t::replace)))
    log::warn("the control state could not be saved to " + path + ": a start while the store is away will not know it");
}

std::optional<LastGood> load_last_good(const std::string& path, const std::string& database, std::int64_t now_us) try {
  std::ifstream file{path};
  const Json json = Json::parse(file, nullptr, false);
  if (!json.is_object() || json.value("format", 0) != kFormat || json.value("database", "") != hex_of(api::digest_of(database))) return {};
  return from_json(json, now_us);
} catch (const std::exception&) {
  log::warn("the control state saved at " + path + " can't be read");
  return {};
}

}  // namespace lectr::app
