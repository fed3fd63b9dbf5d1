// The tables as CSV. The request log is walked page by page while it is sent; the others are small.
#include "api/answers.hpp"
#include "api/csv.hpp"
#include "api/endpoints.hpp"
#include "api/query.hpp"
#include "lectr/base/time_text.hpp"

namespace lectr::api {
namespace {

constexpr std::size_t kPageRows = 2000, kMaxRows = 1'000'000;
constexpr std::size_t kMaxSorted = 10'000;  // in another order than by time each page would cost what all before it cost: one page, and no more
constexpr int kMaxExports = 16;

Reply csv_reply(const Call& call, std::string_view name) {
  Reply reply{.status = 200, .body = {}, .content_type = "text/csv; charset=utf-8; header=present", .headers = {}, .chunks = {}, .live = {}};
  reply.headers.emplace_back("Content-Disposition",
                             "attachment; filename=\"lectr-" + std::string{name} + '-' + to_rfc3339(call.now_us()).substr(0, 10) + ".csv\"");
  return reply;
}

// Holds one of the places of exports under way.
class ExportPlace {
 public:
  explicit ExportPlace(std::atomic<int>& count) : count_{count}, taken_{count.fetch_add(1) < kMaxExports} {}
  ~ExportPlace() { count_.fetch_sub(1); }
  ExportPlace(const ExportPlace&) = delete;
  bool taken() const noexcept { return taken_; }

 private:
  std::atomic<int>& count_;
  const bool taken_;
};

// One page of rows at a time. The first was read before the answer began, so that a store that is away is still a 503.
class RowChunks final : public Chunks {
 public:
  RowChunks(const Call& call, RequestQuery query, std::unique_ptr<ExportPlace> place)
      : own_{call.own}, query_{std::move(query)}, place_{std::move(place)} {}

  Result<void> start() {
    append_csv_header(ready_);
    return read();
  }
  Result<std::string> next() override {
    if (ready_.empty() && !over_)
      if (const auto done = read(); !done) return done.error();
    return std::exchange(ready_, {});
  }

 private:
  Result<void> read() {
    const bool by_time = query_.sort == store::RequestSort::time;
    const std::size_t most = by_time ? kMaxRows : kMaxSorted;
    const auto page = own_.requests(query_.filter, query_.before, by_time ? std::min(kPageRows, most - rows_) : most, query_.sort);
    if (!page) return page.error();
    ready_.reserve(ready_.size() + page->rows.size() * 400);
    for (const Event& event : page->rows) append_csv_row(ready_, event);
    rows_ += page->rows.size();
    query_.before = page->next;
    over_ = !page->next || rows_ >= most;
    if (over_ && page->next) ready_ += "cut after " + std::to_string(most) + " rows; narrower filters show the rest\r\n";
    return {};
  }

  const OwnStores own_;
  RequestQuery query_;
  const std::unique_ptr<ExportPlace> place_;
  std::string ready_;
  std::size_t rows_ = 0;
  bool over_ = false;
};

Reply table(const Call& call, std::string_view name, const Answer& answer, const char* member) {
  if (!answer) return Reply::problem(answer.error());
  Reply reply = csv_reply(call, name);
  reply.body = to_csv(answer->object[member]);
  return reply;
}

// A line for each point of each series.
Json points_of(const Json& answer, const Json& lines) {
  Json rows = Json::array();
  const auto add = [&](const Json& name, const Json& label, const Json& line) {
    for (std::size_t i = 0; i < line["values"].size(); ++i)
      rows.push_back({{"time", answer["times"][i]},
                      {"metric", lines["metric"]},
                      {"unit", lines["unit"]},
                      {"name", name},
                      {"label", label},
                      {"value", line["values"][i]},
                      {"requests", line["requests"][i]}});
  };
  for (const Json& line : lines["series"]) add(line["name"], line["label"], line);
  if (!lines["other"].is_null()) add("(other)", "(other)", lines["other"]);
  add("(all)", "(all)", lines["all"]);
  return rows;
}

}  // namespace

Reply get_requests_csv(const Call& call) {
  auto query = parse_request_query(call.query(), call.now_us());
  if (!query) return Reply::problem(query.error());
  auto place = std::make_unique<ExportPlace>(call.context.exports);
  if (!place->taken()) return Reply::problem(Problem{503, "overloaded", "16 exports are under way", {}, 10});
  // Rows that come in meanwhile would move the pages of an export that is sorted otherwise.
  if (!query->filter.to_us) query->filter.to_us = call.now_us();
  auto chunks = std::make_shared<RowChunks>(call, std::move(*query), std::move(place));
  if (const auto started = chunks->start(); !started) return Reply::problem(started.error());
  Reply reply = csv_reply(call, "requests");
  reply.chunks = std::move(chunks);
  return reply;
}

Reply get_timeseries_csv(const Call& call) {
  const auto answer = timeseries_of(call);
  if (!answer) return Reply::problem(answer.error());
  const Json& found = answer->object;
  Json rows = Json::array();
  if (found.contains("metrics")) {
    for (const Json& lines : found["metrics"])
      for (Json& row : points_of(found, lines)) rows.push_back(std::move(row));
  } else {
    rows = points_of(found, found);
  }
  Reply reply = csv_reply(call, "timeseries");
  reply.body = to_csv(rows);
  return reply;
}

Reply get_costs_csv(const Call& call) { return table(call, "costs", costs_of(call), "rows"); }
Reply get_overview_csv(const Call& call) { return table(call, "overview", overview_of(call), "providers"); }
Reply get_providers_csv(const Call& call) { return table(call, "providers", providers_of(call), "rows"); }
Reply get_keys_csv(const Call& call) { return table(call, "keys", keys_of(call), "rows"); }
Reply get_members_csv(const Call& call) { return table(call, "members", members_of(call), "rows"); }
Reply get_tokens_csv(const Call& call) { return table(call, "tokens", tokens_of(call), "rows"); }

}  // namespace lectr::api
