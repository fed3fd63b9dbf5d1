#include "api/csv.hpp"

#include <algorithm>
#include <vector>

#include "lectr/base/time_text.hpp"

namespace lectr::api {
namespace {

void append_quoted(std::string& out, std::string_view text, bool defuse) {
  out += '"';
  if (defuse) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void cell(std::string& out, std::string_view text) {
  append_csv_text(out, text);
  out += ',';
}
void cell(std::string& out, std::int64_t number) { (out += std::to_string(number)) += ','; }
void known_cell(std::string& out, std::int64_t number) {
  if (number >= 0) out += std::to_string(number);
  out += ',';
}
void cell(std::string& out, const std::optional<Money>& money) {
  if (money) out += money->to_text();
  out += ',';
}
void word_cell(std::string& out, std::string_view word) {
  if (word != "none") out += word;
  out += ',';
}

constexpr std::string_view kColumns =
    "id,completed_at,key_id,provider,method,endpoint,model_requested,model_actual,feature,task,rule,status,error_code,error_category,error_source,"
    "streaming,verdict,attempts,client_retry,latency_us,ttfb_us,bytes_in,bytes_out,token_source,tokens_input,tokens_output,tokens_output_low,"
    "tokens_output_high,tokens_cached,tokens_cache_write,tokens_reasoning,tokens_audio,cost_source,cost,cost_low,cost_high,saved_high,price_version,"
    "provider_request_id,notes";

using Flat = std::vector<std::pair<std::string, const Json*>>;
void flatten(const Json& object, const std::string& prefix, Flat& out) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_array()) continue;
    if (value.is_object())
      flatten(value, prefix + name + '_', out);
    else
      out.emplace_back(prefix + name, &value);
  }
}

}  // namespace

void append_csv_text(std::string& out, std::string_view text) {
  const bool formula = !text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos;
  if (formula || text.find_first_of("\",\r\n") != text.npos)
    append_quoted(out, text, formula);
  else
    out += text;
}

void append_csv_raw(std::string& out, std::string_view text) { out += text; }

void append_csv_header(std::string& out) {
  out += kColumns;
  end_csv_line(out);
}

void append_csv_row(std::string& out, const Event& e) {
  cell(out, e.id.to_text());
  cell(out, to_rfc3339(e.completed_at_us));
  known_cell(out, e.key_id == 0 ? -1 : e.key_id);
  for (const std::string* text : {&e.provider, &e.method, &e.endpoint, &e.model_requested, &e.model_actual, &e.feature, &e.task, &e.rule})
    cell(out, *text);
  cell(out, e.status);
  cell(out, e.error_code);
  word_cell(out, to_text(e.error_category));
  word_cell(out, to_text(e.error_source));
  out += e.streaming ? "true," : "false,";
  word_cell(out, to_text(e.verdict));
  for (const std::int64_t number : {std::int64_t{e.attempts}, std::int64_t{e.client_retry}, e.latency_us}) cell(out, number);
  known_cell(out, e.ttfb_us);
  cell(out, e.bytes_in);
  cell(out, e.bytes_out);
  word_cell(out, to_text(e.token_source));
  for (const std::int64_t number : {e.tokens_input, e.tokens_output, e.tokens_output_low, e.tokens_output_high, e.tokens_cached, e.tokens_cache_write,
                                    e.tokens_reasoning, e.tokens_audio})
    known_cell(out, number);
  word_cell(out, to_text(e.cost_source));
  for (const auto* money : {&e.cost, &e.cost_low, &e.cost_high, &e.saved_high}) cell(out, *money);
  cell(out, e.price_version);
  cell(out, e.provider_request_id);
  append_csv_text(out, e.notes);
  end_csv_line(out);
}

std::string to_csv(const Json& rows) {
  std::string out;
  std::vector<std::string> columns;
  for (const Json& row : rows) {
    Flat cells;
    flatten(row, "", cells);
    for (const auto& [name, value] : cells)
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ',';
    append_csv_text(out, columns[i]);
  }
  if (!columns.empty()) end_csv_line(out);
  for (const Json& row : rows) {
    Flat cells;
    flatten(row, "", cells);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += ',';
      // Rows of one table have the same members in the same order, but for an object that is null in some.
      const auto at = i < cells.size() && cells[i].first == columns[i]
                          ? cells.begin() + static_cast<std::ptrdiff_t>(i)
                          : std::find_if(cells.begin(), cells.end(), [&](const auto& c) { return c.first == columns[i]; });
      if (at == cells.end() || at->second->is_null()) continue;
      if (at->second->is_string())
        append_csv_text(out, at->second->get_ref<const std::string&>());
      else
        append_csv_raw(out, dump(*at->second));
    }
    end_csv_line(out);
  }
  return out;
}

}  // namespace lectr::api
