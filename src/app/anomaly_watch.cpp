#include "anomaly_watch.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "anomaly_rows.hpp"
#include "lectr/base/clock.hpp"
#include "lectr/limits/period.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app {
namespace {

using insight::kBucketUs;
constexpr std::int64_t kMinuteUs = 60'000'000, kHourUs = 60 * kMinuteUs, kDayUs = 24 * kHourUs;
constexpr std::int64_t kSettledUs = 30'000'000;  // after its end, until which rows of a bucket may still come
constexpr std::int64_t kLookUs = 20'000'000;     // between two looks whether a bucket is due
constexpr std::int64_t kTurnUs = 3 * kBucketUs;  // how long a turn lasts that nobody ends
constexpr std::int64_t kPastUs = 14 * kDayUs;    // learned from at the first start, and after a dismissal
constexpr std::int64_t kFreshUs = kHourUs;       // what is older is kept and not told
constexpr std::int64_t kKeepUs = kHourUs;        // between two savings
constexpr std::int64_t kAroundUs = kDayUs;       // before an anomaly that its chart shows
constexpr std::int64_t kChunkUs = 6 * kHourUs;   // read at once
constexpr std::size_t kMostDrawn = 20;           // charts brought up to date in one run
constexpr std::int64_t kWeekUs = 7 * kDayUs;
constexpr std::size_t kNear = 100, kOfAWeek = 1'000;
constexpr int kNice = 15;

std::int64_t floor_to_bucket(std::int64_t us) { return us / kBucketUs * kBucketUs; }

}  // namespace

AnomalyWatch::AnomalyWatch(store::Stores& stores, std::string instance, std::function<std::shared_ptr<const config::Snapshot>()> snapshot,
                           std::function<bool()> behind)
    : stores_{stores}, instance_{std::move(instance)}, snapshot_{std::move(snapshot)}, behind_{std::move(behind)}, judge_{[this](OrgId org) {
        return judged_by(org);
      }} {}

void AnomalyWatch::start() {
  started_us_ = unix_us();
  thread_ = std::thread{[this] { run(); }};
  ::pthread_setname_np(thread_.native_handle(), "anomalies");
}

void AnomalyWatch::stop() {
  {
    const std::lock_guard hold{mutex_};
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void AnomalyWatch::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // of this thread alone; refused: it is only a courtesy
  while (!ending()) {
    (void)catch_up(unix_us());  // a store that is away has logged it; the next look comes
    sleep_until(unix_us() + kLookUs);
  }
  if (!mine_) return;
  (void)keep();
  (void)stores_.insight->end_turn(instance_);
}

bool AnomalyWatch::ending() {
  const std::lock_guard hold{mutex_};
  return ending_;
}

void AnomalyWatch::sleep_until(std::int64_t us) {
  std::unique_lock hold{mutex_};
  wake_.wait_for(hold, std::chrono::microseconds{std::max<std::int64_t>(0, us - unix_us())}, [this] { return ending_; });
}

JudgedBy AnomalyWatch::judged_by(OrgId org) {
  const auto known = by_.find(org);
  if (known != by_.end()) return known->second;
  const auto now = snapshot_();
  const auto at = now->orgs.find(org);
  std::shared_ptr<const limits::Zone> zone;
  if (at != now->orgs.end() && at->second.control) zone = limits::Zone::find(at->second.control->time_zone);
  if (!zone) zone = limits::Zone::utc();
  insight::Sensitivity sensitivity;
  if (at != now->orgs.end() && at->second.control) sensitivity.sigma = at->second.control->own.anomaly_sigma_tenths / 10.0;
  return by_.emplace(org, JudgedBy{[zone](std::int64_t us) { return zone->local_us(us); }, sensitivity}).first->second;
}

// A turn that comes anew begins with what the one before kept.
bool AnomalyWatch::begin_turn(std::int64_t now_us) {
  const auto turn = stores_.insight->take_turn(instance_, now_us, now_us + kTurnUs);
  if (!turn || !*turn) {
    if (turn) mine_ = false;
    return false;
  }
  if (mine_) return true;
  judge_.forget_all();
  const auto saved_us = stores_.insight->load_series([this](const store::OrgSeries& org) { judge_.load(org); });
  const auto spans = stores_.insight->excluded_spans(now_us - kPastUs);
  if (!saved_us || !spans) return false;
  judge_.exclude(*spans);
  judged_us_ = std::max(saved_us->value_or(0), floor_to_bucket(now_us - kPastUs));
  kept_us_ = judged_us_;
  return mine_ = true;
}

bool AnomalyWatch::catch_up(std::int64_t now_us) {
  by_.clear();
  if (!begin_turn(now_us)) return false;
  const std::int64_t due_us = floor_to_bucket(now_us - kSettledUs);
  if (!follow_exclusions(now_us)) return false;
  if (due_us <= judged_us_) return true;
  if (behind_()) return false;  // rows of what is due wait in the journal: without them it would look like little traffic
  const auto rolled = stores_.insight->rolled_up(due_us);
  if (!rolled || !*rolled) return false;
  if (due_us - judged_us_ > kDayUs) log::info("anomalies: learning from what the store has of the last days");
  while (judged_us_ < due_us && !ending()) {
    if (!judge_span(judged_us_, std::min(due_us, judged_us_ + kChunkUs), now_us)) return false;
    if (judged_us_ < due_us && !begin_turn(unix_us())) return false;  // a long way back takes longer than a turn
  }
  if (!draw_open()) return false;
  return judged_us_ - kept_us_ < kKeepUs || keep();
}

bool AnomalyWatch::judge_span(std::int64_t from_us, std::int64_t to_us, std::int64_t now_us) {
  const auto buckets = stores_.insight->buckets(from_us, to_us);
  if (!buckets) return false;
  std::vector<Found> found;
  auto next = buckets->begin();
  for (std::int64_t at = from_us; at < to_us; at += kBucketUs) {
    const auto end = std::find_if(next, buckets->end(), [at](const auto& b) { return b.start_us > at; });
    // While no instance ran nothing is known; that nobody asked for anything while one did is.
    judge_.judge(at, std::span{next, end}, next == end && at < started_us_, found);
    next = end;
  }
  if (!settle(found, now_us)) return mine_ = false;  // begins again from what was kept: putting an anomaly twice is putting it once
  judged_us_ = to_us;
  return true;
}

bool AnomalyWatch::settle(const std::vector<Found>& found, std::int64_t now_us) {
  return std::all_of(found.begin(), found.end(), [&](const Found& one) { return settle_one(one, now_us); });
}

// Against what is usual at these hours. Empty: the store does not say.
std::string AnomalyWatch::explain(const store::AnomalyRow& row) {
  const insight::Series* series = judge_.find(row.org, row.feature);
  const std::int64_t known_from_us = series ? row.opened_us - series->buckets_seen() * kBucketUs : 0;
  const auto others = stores_.insight->anomalies(row.org, {.from_us = row.opened_us - kWeekUs, .to_us = row.opened_us}, kOfAWeek);
  if (!others) return {};
  const auto before = usual_hours(row, judge_.judged_by(row.org), known_from_us, *others);
  const store::TimeSpan during[] = {{row.opened_us, row.updated_us + kBucketUs}};
  const auto slow_above_us = static_cast<std::int64_t>(row.baseline);
  const auto now = stores_.insight->shares(row.org, row.feature, during, slow_above_us);
  const auto usual = stores_.insight->shares(row.org, row.feature, before, slow_above_us);
  const auto keys = stores_.control->keys(row.org);
  if (!now || !usual || !keys) return {};
  const auto snapshot = snapshot_();
  const auto org = snapshot->orgs.find(row.org);
  const auto rates = [&](std::string_view provider, std::string_view model, std::int64_t input) -> std::optional<policy::Rates> {
    if (!snapshot->prices || org == snapshot->orgs.end()) return {};
    return policy::rates_of(policy::list_model(*snapshot->prices, org->second.own_prices.get(), provider, model), row.updated_us, input);
  };
  return contribution_of(row, *now, *usual, 1.0 / std::max<double>(1, static_cast<double>(before.size())), *keys, rates);
}

bool AnomalyWatch::settle_one(const Found& found, std::int64_t now_us) {
  store::InsightStore& store = *stores_.insight;
  const auto near = store.anomalies(found.org, {.from_us = found.finding.opened_us - kHourUs, .to_us = found.finding.at_us + kDayUs}, kNear);
  if (!near) return false;
  store::AnomalyRow row;
  const auto known = std::find_if(near->begin(), near->end(), [&](const auto& r) {
    return r.feature == found.feature && r.metric == static_cast<int>(found.finding.metric) && r.opened_us == found.finding.opened_us;
  });
  const bool fresh = known == near->end();
  if (!fresh) row = *known;
  apply(found, row);
  row.contribution.clear();  // stays as it is
  if (fresh) row.incident = incident_of(row, *near);
  if (fresh || row.closed_us) row.contribution = explain(row);
  const auto id = store.put_anomaly(row);
  if (!id) return false;
  row.id = *id;
  // Also where it is known: what was put before the store went away may not have been told. Whoever tells it a second time is not heard.
  const bool own = row.incident == 0 || row.incident == row.id;
  if (!own || now_us - row.updated_us > kFreshUs) return true;
  return tell(row, found.finding.step == insight::Step::opened);
}

// Also what was told and has become graver since: there are channels that want only those. The store knows who heard of it.
bool AnomalyWatch::tell(const store::AnomalyRow& row, bool opened) {
  const auto event = event_of(row);
  if (!opened) {
    if (row.severity == static_cast<int>(insight::Severity::low) || row.dismissed_us || row.closed_us) return true;
    const auto told = stores_.control->control_events(row.org, {.kind = event.kind, .name = event.name, .key = event.key}, 1);
    if (!told || told->empty()) return told.has_value();
  }
  const auto added = stores_.control->add_control_event(event);
  if (added && *added) log::warn("org " + std::to_string(row.org) + ": anomaly " + std::to_string(row.id) + " opened");
  return added.has_value();
}

// Every five minutes in the first hour, every hour after it: days before are read for it.
constexpr bool explained_anew(std::int64_t buckets) noexcept { return buckets <= 12 || buckets % 12 == 0; }

// The charts of those that are open, and where they come from: what the first five minutes said need not be what the first hour says.
bool AnomalyWatch::draw_open() {
  const auto open = stores_.insight->open_anomalies();
  if (!open) return false;
  std::size_t drawn = 0;
  std::map<OrgId, std::vector<store::FeatureBucket>> of_org;
  for (auto row = open->rbegin(); row != open->rend() && drawn < kMostDrawn; ++row, ++drawn) {
    const std::int64_t from_us = std::max(row->opened_us, judged_us_ - kDayUs) - kAroundUs;
    const auto buckets = stores_.insight->buckets(from_us, judged_us_, row->org);
    if (!buckets) return false;
    store::AnomalyRow fresh = *row;
    fresh.contribution = explained_anew((judged_us_ - row->opened_us) / kBucketUs) ? explain(*row) : std::string{};
    fresh.band = band_of(judge_, *row, *buckets, from_us, judged_us_);
    if (!stores_.insight->put_anomaly(fresh)) return false;
  }
  return true;
}

bool AnomalyWatch::keep() {
  if (judged_us_ == kept_us_) return true;
  if (!stores_.insight->save_series(instance_, judged_us_, [this](const auto& give) { judge_.save(give); })) return mine_ = false;
  kept_us_ = judged_us_;
  return true;
}

// Where people dismissed or reopened, what was learned is made anew: nothing of a dismissed span may stay in it.
bool AnomalyWatch::follow_exclusions(std::int64_t now_us) {
  const auto spans = stores_.insight->excluded_spans(now_us - kPastUs);
  if (!spans) return false;
  const auto print = [](const store::ExcludedSpan& s) {
    return std::to_string(s.org) + (s.feature ? '+' + *s.feature : "-") + '\n' + std::to_string(s.from_us);
  };
  std::map<std::string, OrgId> before, after;
  for (const auto& span : judge_.excluded()) before.emplace(print(span), span.org);
  for (const auto& span : *spans) after.emplace(print(span), span.org);
  for (const auto& [text, org] : before)
    if (!after.contains(text)) relearn_.insert(org);
  for (const auto& [text, org] : after)
    if (!before.contains(text)) relearn_.insert(org);
  judge_.exclude(*spans);
  while (!relearn_.empty()) {
    if (!relearn(*relearn_.begin(), judged_us_)) return false;
    relearn_.erase(relearn_.begin());
  }
  return true;
}

bool AnomalyWatch::relearn(OrgId org, std::int64_t to_us) {
  judge_.forget(org);
  std::vector<Found> found;
  for (std::int64_t from_us = floor_to_bucket(to_us - kPastUs); from_us < to_us; from_us += kDayUs) {
    const auto buckets = stores_.insight->buckets(from_us, std::min(to_us, from_us + kDayUs), org);
    if (!buckets) return false;
    auto next = buckets->begin();
    for (std::int64_t at = from_us; at < std::min(to_us, from_us + kDayUs); at += kBucketUs) {
      const auto end = std::find_if(next, buckets->end(), [at](const auto& b) { return b.start_us > at; });
      judge_.judge(at, std::span{next, end}, next == end, found, org);
      next = end;
    }
  }
  // What was open and would not have been opened is over: by what is now known it never was.
  std::set<std::tuple<std::optional<std::string>, int, std::int64_t>> open;
  for (const Found& f : found) {
    const auto which = std::tuple{f.feature, static_cast<int>(f.finding.metric), f.finding.opened_us};
    if (f.finding.step == insight::Step::closed)
      open.erase(which);
    else
      open.insert(which);
  }
  const auto rows = stores_.insight->open_anomalies();
  if (!rows) return false;
  for (store::AnomalyRow row : *rows) {
    if (row.org != org || open.contains({row.feature, row.metric, row.opened_us}) || row.dismissed_us) continue;
    row.closed_us = to_us, row.contribution.clear();
    if (!stores_.insight->put_anomaly(row)) return false;
  }
  return true;
}

}  // namespace lectr::app
