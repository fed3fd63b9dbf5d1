#include "api/live.hpp"

#include <algorithm>

#include "api/json.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::api {

void LiveStream::put(Message message) {
  std::function<void()> wake;
  {
    const std::lock_guard hold{mutex_};
    if (over_) return;
    if (waiting_.size() >= kBehind) {
      // It reads slower than things happen. It is let go, and comes back for the present.
      over_ = true;
      waiting_.clear();
    } else {
      waiting_.push_back(std::move(message));
    }
    wake = wake_;
  }
  if (wake) wake();
}

void LiveStream::end() {
  std::function<void()> wake;
  {
    const std::lock_guard hold{mutex_};
    over_ = true;
    wake = wake_;
  }
  if (wake) wake();
}

void LiveStream::on_news(std::function<void()> wake) {
  const std::lock_guard hold{mutex_};
  wake_ = std::move(wake);
}

LiveStream::News LiveStream::take() {
  const std::lock_guard hold{mutex_};
  return {std::exchange(waiting_, {}), over_};
}

std::vector<const Event*> NewRows::fresh(const std::vector<Event>& rows, std::int64_t now_us) {
  std::vector<const Event*> out;
  for (const Event& row : rows)
    if (seen_.emplace(row.completed_at_us, row.id).second) out.push_back(&row);
  // Never ahead of the clock: one row of a machine whose clock is fast must not hide the others.
  for (const Event* row : out) newest_us_ = std::max(newest_us_, std::min(row->completed_at_us, now_us));
  seen_.erase(seen_.begin(), seen_.lower_bound({look_from_us(), Uuid{}}));
  return out;
}

std::string sse_event(std::string_view name, std::string_view data) {
  std::string out;
  out.reserve(name.size() + data.size() + 16);
  return out.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
}

LiveHub::LiveHub(store::EventStore& events, std::function<Status()> status, std::function<std::int64_t()> now_us)
    : events_{events}, status_{std::move(status)}, now_us_{std::move(now_us)}, poller_{[this] { run(); }} {}

LiveHub::~LiveHub() { stop(); }

std::size_t LiveHub::count_locked() {
  std::size_t count = 0;
  for (auto& [org, watched] : orgs_) {
    std::erase_if(watched.streams, [](const auto& stream) { return stream.expired(); });
    count += watched.streams.size();
  }
  return count;
}

std::shared_ptr<LiveStream> LiveHub::subscribe(OrgId org) {
  auto stream = std::make_shared<LiveStream>();
  const std::int64_t now_us = now_us_();
  stream->put(std::make_shared<const std::string>(sse_event("hello", dump({{"now", to_rfc3339(now_us)}}))));
  stream->put(std::make_shared<const std::string>(sse_event("status", dump(to_json(status_())))));
  {
    const std::lock_guard hold{mutex_};
    if (ending_ || count_locked() >= kStreams) return {};
    orgs_.try_emplace(org, Watched{NewRows{now_us}, {}}).first->second.streams.push_back(stream);
  }
  changed_.notify_one();
  return stream;
}

void LiveHub::rows_written() noexcept {
  {
    const std::lock_guard hold{mutex_};
    written_ = true;
  }
  changed_.notify_one();
}

void LiveHub::stop() {
  {
    const std::lock_guard hold{mutex_};
    ending_ = true;
  }
  changed_.notify_one();
  if (poller_.joinable()) poller_.join();
  for (const auto& [org, streams] : watched())
    for (const auto& stream : streams) stream->end();
}

std::vector<std::pair<OrgId, LiveHub::Streams>> LiveHub::watched() {
  std::vector<std::pair<OrgId, Streams>> out;
  const std::lock_guard hold{mutex_};
  count_locked();
  std::erase_if(orgs_, [](const auto& entry) { return entry.second.streams.empty(); });
  for (const auto& [org, watched] : orgs_) {
    Streams streams;
    for (const auto& weak : watched.streams)
      if (auto stream = weak.lock()) streams.push_back(std::move(stream));
    out.emplace_back(org, std::move(streams));
  }
  return out;
}

void LiveHub::run() {
  std::unique_lock hold{mutex_};
  while (!ending_) {
    // Nobody watches: nothing is asked.
    if (orgs_.empty())
      changed_.wait(hold, [this] { return ending_ || !orgs_.empty(); });
    else
      changed_.wait_for(hold, kPoll, [this] { return ending_ || written_; });
    if (ending_) return;
    written_ = false;
    hold.unlock();
    Streams all;
    for (const auto& [org, streams] : watched()) {
      look(org, streams);
      all.insert(all.end(), streams.begin(), streams.end());
    }
    tell_status(all);
    all.clear();
    hold.lock();
    changed_.wait_for(hold, kPause, [this] { return ending_; });
  }
}

// A store that does not answer is heard of by `status`; the rows come when it is back.
void LiveHub::look(OrgId org, const Streams& streams) {
  store::RequestFilter filter;
  filter.org = org;
  {
    const std::lock_guard hold{mutex_};
    const auto at = orgs_.find(org);
    if (at == orgs_.end()) return;
    filter.from_us = at->second.rows.look_from_us();
  }
  const auto page = events_.requests(filter, {}, kRowsPerLook);
  if (!page) return;
  std::vector<const Event*> fresh;
  {
    const std::lock_guard hold{mutex_};
    const auto at = orgs_.find(org);
    if (at == orgs_.end()) return;
    fresh = at->second.rows.fresh(page->rows, now_us_());
  }
  if (fresh.empty()) return;
  Json rows = Json::array();
  for (const Event* row : fresh) {
    if (rows.size() == kRowsPerEvent) break;
    rows.push_back(to_json(*row));
  }
  const std::size_t more = fresh.size() - rows.size();
  const auto message = std::make_shared<const std::string>(sse_event("rows", dump({{"rows", std::move(rows)}, {"more", more}})));
  for (const auto& stream : streams) stream->put(message);
}

void LiveHub::tell_status(const Streams& all) {
  const auto now = std::chrono::steady_clock::now();
  if (all.empty() || now - status_at_ < kStatusEvery) return;
  status_at_ = now;
  std::string text = sse_event("status", dump(to_json(status_())));
  if (text == last_status_) return;
  last_status_ = text;
  const auto message = std::make_shared<const std::string>(std::move(text));
  for (const auto& stream : all) stream->put(message);
}

}  // namespace lectr::api
