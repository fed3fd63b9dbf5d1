// lectr selftest: exchanges through a running gateway, compared byte for byte, their rows, and a search for what must be nowhere.
#include "app/selftest/command.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iomanip>
#include <iostream>
#include <memory>
#include <thread>

#include "app/first_start.hpp"
#include "app/health_command.hpp"
#include "app/selftest/compare.hpp"
#include "app/selftest/sinks.hpp"
#include "lectr/api/server.hpp"
#include "lectr/base/clock.hpp"
#include "lectr/base/ids.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/store/control_store.hpp"
#include "lectr/store/find_texts.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app {
namespace {

using namespace selftest;
using namespace std::chrono_literals;

constexpr const char* kOrg = "selftest";
constexpr int kDiffers = 2;
constexpr auto kTakenUp = 10s, kRows = 10s;
constexpr int kProbes = 12;
constexpr std::int64_t kClocksDifferUs = 60 * 60 * 1'000'000ll;  // of this machine and a gateway
constexpr std::int64_t kKeyLivesUs = 15 * 60 * 1'000'000ll;      // should this end before it revokes it

struct Flags {
  std::string proxy, provider_host = "127.0.0.1";
  std::vector<std::string> also;
};

int fail(const std::string& what) {
  std::cerr << what << "\n";
  return 1;
}
std::string text_of(const Error& error) {
  return std::string{code_name(error.code)} + (*error.what ? std::string{": "} + error.what : std::string{});
}

bool wait_until(std::chrono::seconds most, const std::function<bool()>& done) {
  for (const auto until = std::chrono::steady_clock::now() + most; std::chrono::steady_clock::now() < until; std::this_thread::sleep_for(50ms))
    if (done()) return true;
  return done();
}

Address address_of(const config::Listen& listen) {
  Address out{listen.address.host, listen.address.port, !listen.tls.certificate.empty(), false};
  if (out.host == "0.0.0.0") out.host = "127.0.0.1";
  if (out.host == "::") out.host = "::1";
  return out;
}

// The org of the test, its key, and its providers' base URLs, for as long as this lives.
class Tenant {
 public:
  Tenant(store::ControlStore& control, const std::string& base_url) : control_{control} { problem_ = prepare(base_url); }
  ~Tenant() {
    if (key_ != 0) static_cast<void>(control_.revoke_key(org_, key_, unix_us()));
    if (org_ != 0) static_cast<void>(control_.change_org(org_, {.enabled = false}));
  }
  Tenant(const Tenant&) = delete;
  const std::string& problem() const { return problem_; }
  const std::string& secret() const { return secret_; }
  OrgId org() const { return org_; }

 private:
  std::string prepare(const std::string& base_url) {
    const auto orgs = control_.orgs();
    if (!orgs) return "orgs: " + text_of(orgs.error());
    for (const auto& org : *orgs)
      if (org.name == kOrg) org_ = org.id;
    if (org_ == 0) {
      const auto made = control_.add_org(kOrg);
      if (!made) return "org: " + text_of(made.error());
      org_ = *made;
    }
    if (const auto on = control_.change_org(org_, {.enabled = true}); !on) return "org: " + text_of(on.error());
    const auto set = store::edit_own_settings(control_, org_, {"lectr selftest", "cli", "where the self-test's provider is"},
                                              [&](config::OwnSettings& own) -> Result<void> {
                                                own.providers.clear();
                                                for (const char* name : {"openai", "anthropic", "gemini"})
                                                  own.providers.push_back({.name = name, .base_url = base_url});
                                                return {};
                                              });
    if (!set) return "base URLs: " + text_of(set.error());
    secret_ = api::new_secret("lc_key_");
    store::KeyRow key = make_key(org_, "selftest", secret_);
    key.expires_at_us = unix_us() + kKeyLivesUs;
    const auto made = control_.add_key(key);
    if (!made) return "key: " + text_of(made.error());
    key_ = *made;
    return {};
  }

  store::ControlStore& control_;
  OrgId org_ = 0;
  KeyId key_ = 0;
  std::string secret_, problem_;
};

std::string with_lines(const std::string& request, const std::string& lines) {
  std::string out = request;
  return out.insert(out.find("\r\n") + 2, lines);
}

struct Run {
  const Address proxy;
  const std::vector<Scripted>& exchanges;
  Provider& provider;
  const Canaries& canaries;
  const std::string& secret;
  std::int64_t began_us = unix_us();
  std::string task = "selftest-" + UuidSource{}.next(began_us / 1000).to_text();  // tells this run's rows apart

  std::string ours(const std::string& feature) const {
    return "X-Lectr-Key: " + secret + "\r\nX-Lectr-Feature: " + feature + "\r\nX-Lectr-Task: " + task + "\r\n";
  }
  // The gateway knows the key and the base URL: probes come to our provider. Several in a row, as there may be several instances behind one address.
  std::string taken_up() const {
    const std::string probe = "GET /v1/models HTTP/1.1\r\nHost: selftest\r\nAuthorization: Bearer " + canaries.credential + "\r\n" + ours("probe") +
                              std::string{kNumberLine} + ": probe\r\n\r\n";
    std::string last;
    const auto comes_through = [&] {
      const Answer answer = ask(proxy, probe);
      last = answer.problem.empty() ? "status " + std::to_string(answer.status) : answer.problem;
      return answer.status == 200 && answer.head.find("X-Selftest-Provider") != std::string::npos;
    };
    const bool here = wait_until(kTakenUp, [&] {
      int probes = 0;
      while (probes < kProbes && comes_through()) ++probes;
      return probes == kProbes;
    });
    return here ? std::string{} : last;
  }
  // Whether it passed as it is; prints its line.
  bool pass(std::size_t i) const {
    const Scripted& scripted = exchanges[i];
    const std::string sent = with_lines(scripted.request, std::string{kNumberLine} + ": " + std::to_string(i) + "\r\n");
    const Answer answer = ask(proxy, with_lines(sent, ours(scripted.name)));
    const auto got = provider.got(i);
    const auto differs = differences(sent, canaries.credential, got, scripted, answer);
    const auto side = [](const std::string& want, const std::string& have) {
      std::cout << std::setw(9) << want.size() << "  " << short_hash(want) << (want == have ? " = " : " ≠ ") << short_hash(have);
    };
    std::cout << (differs.empty() ? "same    " : "DIFFERS ") << std::left << std::setw(30) << scripted.name << std::right;
    side(body_of(sent), got.empty() ? std::string{} : got[0].body);
    side(body_of(scripted.answer), answer.body);
    std::cout << "\n";
    for (const std::string& what : differs) std::cout << "        " << what << "\n";
    return differs.empty();
  }
};

// What the rows of the run say against what the scripts reported. Returns what is wrong.
std::vector<std::string> look_at_rows(store::EventStore& events, OrgId org, const Run& run) {
  std::vector<std::string> wrong;
  for (const Scripted& scripted : run.exchanges) {
    store::RequestFilter filter;
    filter.org = org;
    filter.feature = scripted.name;
    filter.task = run.task;
    std::vector<Event> rows;
    wait_until(kRows, [&] {
      auto page = events.requests(filter, {}, 10);
      if (page) rows = std::move(page->rows);
      return !rows.empty();
    });
    if (rows.size() != 1) {
      wrong.push_back(scripted.name + ": " + std::to_string(rows.size()) + " rows");
      continue;
    }
    const Event& row = rows[0];
    const bool reported = scripted.tokens_in >= 0;
    if (reported && (row.token_source != TokenSource::provider || row.tokens_input != scripted.tokens_in || row.tokens_output != scripted.tokens_out))
      wrong.push_back(scripted.name + ": the row's tokens are not those that the provider reported");
    if (std::to_string(row.status) != scripted.answer.substr(9, 3)) wrong.push_back(scripted.name + ": the row has another status");
  }
  return wrong;
}

Searched search_all(const config::Settings& settings, const Flags& flags, const Run& run) {
  const std::vector<Needle> needles = {{"the prompt", run.canaries.prompt},
                                       {"the answer", run.canaries.answer},
                                       {"the provider's key", run.canaries.credential},
                                       {"the org's key", run.secret}};
  Searched out;
  search_files(settings.state_dir, needles, out);
  const std::string database = database_of(settings);
  if (constexpr std::string_view kSqlite = "sqlite:"; database.starts_with(kSqlite))
    for (const char* end : {"", "-wal"})
      if (const std::string file = database.substr(kSqlite.size()) + end; !file.starts_with(settings.state_dir)) search_files(file, needles, out);
  for (const std::string& path : flags.also) {
    if (std::error_code failed; !std::filesystem::exists(path, failed))
      out.unreadable.push_back(path + ": is not there");  // a mistyped one hides nothing
    search_files(path, needles, out);
  }
  std::vector<std::string> texts;
  for (const Needle& n : needles) texts.push_back(n.text);
  const auto tables = store::find_texts(database, texts, run.began_us - kClocksDifferUs);
  if (!tables) out.unreadable.push_back("the database: " + text_of(tables.error()));
  for (std::size_t i = 0; tables && i < tables->found.size(); ++i)
    out.found.push_back(needles[tables->found[i].text].what + " in table " + tables->found[i].table);
  out.tables = tables ? tables->tables : 0;
  for (const char* path : {"/metrics", "/health"}) {
    const Answer told = ask(address_of(settings.admin), "GET " + std::string{path} + " HTTP/1.1\r\nHost: selftest\r\n\r\n");
    if (told.status == 200)
      search_text(path, told.body, needles, out);
    else
      out.unreadable.push_back(std::string{path} +
                               " of the dashboard's listener: " + (told.problem.empty() ? "status " + std::to_string(told.status) : told.problem));
  }
  return out;
}

void list(const char* title, const std::vector<std::string>& what) {
  for (const std::string& line : what) std::cout << title << line << "\n";
}

int report(std::size_t passed, std::size_t all, const std::vector<std::string>& rows, const Searched& searched) {
  std::cout << "\n"
            << passed << " of " << all << " exchanges reached the provider as they were sent, and came back as they were answered.\n"
            << (rows.empty() ? "Each left one row, with the status and the tokens that the provider reported.\n" : "");
  list("Row       ", rows);
  std::cout << "Prompt, answer, provider's key and org key were looked for in " << searched.files << " files"
            << (searched.tables ? ", " + std::to_string(searched.tables) + " tables" : std::string{})
            << " and what the gateway tells of itself: " << (searched.found.empty() ? "found nowhere.\n" : "FOUND.\n");
  list("Found     ", searched.found);
  list("Not read  ", searched.unreadable);
  return passed == all && rows.empty() && searched.found.empty() ? 0 : kDiffers;
}

int selftest_through(const config::Settings& settings, const Flags& flags, const Address& proxy) {
  log::start("warn");
  if (const Answer here = ask(proxy, "GET /ready HTTP/1.1\r\nHost: selftest\r\n\r\n"); here.status != 200)
    return fail("No gateway is ready at " + proxy.text() + ": " + (here.problem.empty() ? "status " + std::to_string(here.status) : here.problem) +
                ". Start it, or name its address with --proxy.");
  auto stores = store::open_stores(database_of(settings));
  if (!stores) return fail("the store of " + settings.state_dir + " can't be opened: " + text_of(stores.error()));
  // An org of ours must not be the store's first: a gateway's first start makes that.
  if (const auto empty = stores->control->empty(); !empty || *empty)
    return fail("the store of " + settings.state_dir + " has no org: is it the one of the gateway at " + proxy.text() +
                "? (LECTR_STATE_DIR, LECTR_DATABASE_URL)");
  const Canaries canaries = make_canaries();
  const auto exchanges = scripted_exchanges(canaries);
  std::unique_ptr<Provider> provider;
  try {
    provider = std::make_unique<Provider>(flags.provider_host, exchanges);
  } catch (const std::runtime_error& error) {
    return fail("the test's own provider " + std::string{error.what()} + "; name an address of this machine with --provider-host");
  }
  const Address at{flags.provider_host, provider->port(), false, false};
  const Tenant tenant{*stores->control, at.text()};
  if (!tenant.problem().empty()) return fail(tenant.problem());
  const Run run{proxy, exchanges, *provider, canaries, tenant.secret()};
  std::cout << "Through " << proxy.text() << ", as org " << kOrg << ", to a provider of this test at " << at.text() << "\n";
  if (const std::string trouble = run.taken_up(); !trouble.empty())
    return fail(proxy.text() + " does not lead to the test's provider: " + trouble +
                ".\nIs a gateway with this store running there (--proxy names another address), and does it reach " + at.text() +
                " (--provider-host)?");
  std::cout << "        " << std::left << std::setw(30) << "exchange"
            << "    bytes  request, sent      at the provider      bytes  answer, given      at the client\n"
            << std::right;
  std::size_t passed = 0;
  for (std::size_t i = 0; i < exchanges.size(); ++i) passed += run.pass(i);
  const auto rows = look_at_rows(*stores->events, tenant.org(), run);
  return report(passed, exchanges.size(), rows, search_all(settings, flags, run));
}

std::optional<Address> address_named(const std::string& text) {
  const auto url = config::parse_url(text);
  if (!url) return std::nullopt;
  return Address{url->host, url->port, url->tls, true};
}

}  // namespace

void add_selftest_command(CLI::App& cli, CommonFlags& flags, int& exit_code) {
  auto own = std::make_shared<Flags>();
  CLI::App* command = cli.add_subcommand(
      "selftest", "send exchanges through a running gateway and compare what went in with what came out, byte for byte (exit code 2: it differs)");
  command->add_option("--config", flags.config_file, "YAML file with the daemon's settings (environment: LECTR_CONFIG)");
  command->add_option("--state-dir", flags.state_dir, "where the store, the journal and the state live (LECTR_STATE_DIR)");
  command->add_option("--proxy", own->proxy, "the gateway's address, http://HOST:PORT; without it that of the settings, on this machine");
  command->add_option("--provider-host", own->provider_host, "IP address of this machine under which the gateway reaches the test's own provider")
      ->capture_default_str();
  command->add_option("--also", own->also, "further files and folders to search for what must be nowhere, such as logs");
  command->callback([&flags, &exit_code, own] {
    const config::Settings settings = settings_or_exit(flags);
    const auto proxy = own->proxy.empty() ? address_of(settings.proxy) : address_named(own->proxy);
    if (!proxy) {
      exit_code = fail("--proxy: write http://HOST:PORT or https://HOST:PORT");
    } else if (proxy->port == 0) {
      exit_code = fail("The proxy's port is left to the system: give --proxy with the one that the log's `ready` line tells.");
    } else {
      exit_code = selftest_through(settings, *own, *proxy);
    }
  });
}

}  // namespace lectr::app
