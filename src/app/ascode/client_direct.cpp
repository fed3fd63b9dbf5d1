#include "app/ascode/client_direct.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "app/commands.hpp"
#include "app/control_states.hpp"
#include "app/replay/states_replay.hpp"
#include "app/snapshot_builder.hpp"
#include "lectr/api/local.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::app::ascode {
namespace {

std::string user_name() {
  const passwd* user = ::getpwuid(::geteuid());
  return user && *user->pw_name ? user->pw_name : "uid " + std::to_string(::geteuid());
}

// Whoever serves a state directory holds its journal's lock.
bool is_served(const std::string& state_dir) {
  const int file = ::open((state_dir + "/journal/lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool free = ::flock(file, LOCK_SH | LOCK_NB) == 0;
  ::close(file);  // with its lock
  return !free;
}

class DirectClient final : public Client {
 public:
  DirectClient(const config::Settings& settings, store::Stores stores, const store::OrgRow& org, config::Registry registry)
      : stores_{std::move(stores)},
        registry_{std::make_shared<const config::Registry>(std::move(registry))},
        org_{org},
        state_dir_{settings.state_dir},
        embedded_{settings.database_url.empty()},
        database_{database_of(settings)} {
    options_.stores = &stores_;
    options_.caller = {org.id, user_name()};
    options_.credential_allowed = [dir = state_dir_](const std::string& reference) { return org_may_name(reference, dir); };
    options_.alert_reference_allowed = [dir = state_dir_](const std::string& reference) { return alert_may_name(reference, dir); };
    options_.alerts_can_mail = !settings.smtp.url.empty();
    options_.snapshot = [this] { return snapshot(); };
    options_.replay_states = [this](OrgId of, const config::Control& draft, const std::vector<store::KeyRow>& keys, std::int64_t from_us) {
      return replay_states(snapshot(), of, draft, keys, *stores_.events, from_us);
    };
  }

  Answer ask(std::string_view method, const std::string& path, const nlohmann::ordered_json& body) override {
    const auto told = api::answer_locally(options_, method, "/api/v1" + path, body.is_null() ? std::string{} : body.dump());
    Answer answer{told.status, nlohmann::ordered_json::parse(told.body, nullptr, false), {}};
    if (answer.body.is_discarded()) answer.body = nullptr;
    return answer;
  }
  std::string target() override { return database_ + '\n' + std::to_string(org_.id); }
  std::string shown() const override { return "org " + org_.name + (embedded_ ? " in " + state_dir_ : " in its database"); }
  std::string org_name() override { return org_.name; }
  int expected_instances() const override { return !embedded_ ? -1 : is_served(state_dir_) ? 1 : 0; }

 private:
  // Made when first asked for: rules are read and compiled for it. A store that does not answer now gives one without orgs; whoever asks it next is told.
  std::shared_ptr<const config::Snapshot> snapshot() {
    if (snapshot_) return snapshot_;
    auto control = stores_.control->control();
    ControlStates states;
    const auto read = [this](OrgId org) { return stores_.control->control_state(org); };
    if (!control || !states.follow(control->versions, read, *registry_)) control = store::Control{};
    return snapshot_ = build_snapshot(1, registry_, config::builtin_prices(), *control, states);
  }

  store::Stores stores_;
  const std::shared_ptr<const config::Registry> registry_;
  std::shared_ptr<const config::Snapshot> snapshot_;
  const store::OrgRow org_;
  const std::string state_dir_;
  const bool embedded_;
  const std::string database_;
  api::LocalOptions options_;
};

const store::OrgRow* choose(const std::vector<store::OrgRow>& orgs, const std::string& name, std::string& trouble) {
  std::string names;
  for (const auto& org : orgs) {
    if (org.name == name || (name.empty() && orgs.size() == 1)) return &org;
    names += (names.empty() ? "" : ", ") + org.name;
  }
  trouble = orgs.empty()   ? "there is no org yet: the first start of the gateway makes one"
            : name.empty() ? "there are several orgs: say which with --org (" + names + ')'
                           : "there is no org of that name (there is: " + names + ')';
  return nullptr;
}

}  // namespace

std::unique_ptr<Client> direct_client(const config::Settings& settings, const std::string& org, std::string& trouble) {
  std::error_code ignored;
  if (settings.database_url.empty() && !std::filesystem::exists(settings.state_dir + "/lectr.db", ignored)) {
    trouble = "there is no store in " + settings.state_dir +
              ": name the state directory with --state-dir, or a running gateway with LECTR_URL and LECTR_TOKEN";
    return nullptr;
  }
  auto registry = config::build_registry(settings.providers);
  if (!registry) {
    trouble = registry.error().front().to_text();
    return nullptr;
  }
  auto stores = store::open_stores(database_of(settings));
  const auto orgs = stores ? stores->control->orgs() : Result<std::vector<store::OrgRow>>{stores.error()};
  if (!orgs) {
    trouble = std::string{"the store could not be opened: "} + orgs.error().what;
    return nullptr;
  }
  const store::OrgRow* chosen = choose(*orgs, org, trouble);
  if (!chosen) return nullptr;
  return std::make_unique<DirectClient>(settings, std::move(*stores), *chosen, std::move(*registry));
}

}  // namespace lectr::app::ascode
