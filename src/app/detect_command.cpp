// lectr detect: a score for every record of a CSV file. Streams: memory does not grow with the file.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "lectr/insight/any_judge.hpp"
#include "lectr/insight/any_series.hpp"

namespace lectr::app {
namespace {

struct DetectFlags {
  std::string csv, labels, out;
  bool explain = false;
  double threshold = insight::kAnyAnnounced;
};

// What went wrong, for people; empty: nothing.
using Problem = std::string;

// One line at a time, each bounded.
class Lines {
 public:
  Lines(std::istream& in, std::string name) : in_{in}, name_{std::move(name)}, buffer_(insight::kAnyLongestLine + 1, '\0') {}
  // False at the end, and at a problem.
  bool next() {
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    const auto read = static_cast<std::size_t>(in_.gcount());
    if (in_.bad()) return problem_ = name_ + ": can't be read", false;
    if (in_.fail() && !in_.eof()) return ++number_, problem_ = at("longer than " + std::to_string(insight::kAnyLongestLine) + " bytes"), false;
    if (in_.fail()) return false;
    ++number_;
    line_ = {buffer_.data(), in_.eof() ? read : read - 1};  // without the line's end
    return true;
  }
  std::string_view line() const { return line_; }
  const Problem& problem() const { return problem_; }
  Problem at(const std::string& what) const { return name_ + ", line " + std::to_string(number_) + ": " + what; }

 private:
  std::istream& in_;
  std::string name_, buffer_;
  std::string_view line_;
  std::size_t number_ = 0;
  Problem problem_;
};

void put(std::string& to, double value, int digits) {
  char text[64];
  const int n = std::snprintf(text, sizeof text, "%.*g", digits, value);
  to.append(text, static_cast<std::size_t>(n));
}

void put_row(std::string& to, const insight::AnyRow& row, const insight::AnyFinding& found, bool explain) {
  (to += row.timestamp) += ',';
  put(to, found.score, 6);
  if (explain) {
    put(to += ',', found.baseline, 8);
    put(to += ',', found.deviation, 4);
    (to += ',') += row.value ? insight::to_text(found.reason) : "missing";
  }
  to += '\n';
}

Problem score_all(Lines& lines, std::ostream& out, const DetectFlags& flags, insight::AnyJudge& judge) {
  if (!lines.next()) return lines.problem().empty() ? lines.at("a header is expected") : lines.problem();
  const auto columns = insight::read_any_header(lines.line(), "timestamp", "value");
  if (!columns) return lines.at(columns.error().what);
  out << (flags.explain ? "timestamp,score,baseline,deviation,verdict\n" : "timestamp,score\n");
  insight::AnySeries series;
  std::string text;
  while (lines.next()) {
    if (insight::is_blank(lines.line())) continue;
    const auto row = insight::read_any_row(lines.line(), *columns);
    if (!row) return lines.at(row.error().what);
    const auto found = row->value ? series.add(row->unix_seconds, *row->value) : insight::AnyFinding{};
    judge.add(row->unix_seconds, found.score >= flags.threshold);
    text.clear();
    put_row(text, *row, found, flags.explain);
    if (!out.write(text.data(), static_cast<std::streamsize>(text.size()))) return "the rows can't be written";
  }
  return lines.problem();
}

Problem read_labels(const std::string& file, std::vector<insight::AnyWindow>& windows) {
  std::ifstream in{file};
  if (!in) return file + ": " + std::strerror(errno);
  Lines lines{in, file};
  if (!lines.next()) return lines.problem().empty() ? lines.at("a header is expected") : lines.problem();
  const auto columns = insight::read_any_header(lines.line(), "start", "end");
  if (!columns) return lines.at(columns.error().what);
  constexpr std::size_t kMost = 100'000;
  while (lines.next()) {
    if (insight::is_blank(lines.line())) continue;
    const auto window = insight::read_any_window(lines.line(), *columns);
    if (!window) return lines.at(window.error().what);
    if (windows.size() == kMost) return lines.at("more than 100000 windows");
    windows.push_back(*window);
  }
  return lines.problem();
}

void print_judgement(const insight::AnyJudgement& j) {
  std::cerr << "windows " << j.windows << ", found " << j.found << ", announcements " << j.announcements << ", inside a window " << j.inside << "\n"
            << "precision " << j.precision << ", recall " << j.recall << ", mean delay " << j.mean_delay_seconds << " s (" << j.mean_delay_share
            << " of the window)\n";
}

// The file appears whole or not at all: rows go to one beside it, which takes its name at the end.
Problem into_file(Lines& lines, const DetectFlags& flags, insight::AnyJudge& judge) {
  const std::string beside = flags.out + ".part-" + std::to_string(getpid());
  Problem problem;
  {
    std::ofstream out{beside, std::ios::trunc};
    if (!out) return flags.out + ": " + std::strerror(errno);
    problem = score_all(lines, out, flags, judge);
    out.close();
    if (problem.empty() && !out) problem = flags.out + ": can't be written";
  }
  if (problem.empty() && std::rename(beside.c_str(), flags.out.c_str()) != 0) problem = flags.out + ": " + std::strerror(errno);
  if (!problem.empty()) std::remove(beside.c_str());
  return problem;
}

Problem detect_in(std::istream& in, const std::string& name, const DetectFlags& flags) {
  std::vector<insight::AnyWindow> windows;
  if (!flags.labels.empty())
    if (Problem problem = read_labels(flags.labels, windows); !problem.empty()) return problem;
  insight::AnyJudge judge{std::move(windows)};
  Lines lines{in, name};
  Problem problem = flags.out.empty() ? score_all(lines, std::cout, flags, judge) : into_file(lines, flags, judge);
  if (!std::cout.flush() && problem.empty()) problem = "the rows can't be written";
  if (problem.empty() && !flags.labels.empty()) print_judgement(judge.judgement());
  return problem;
}

int detect(const DetectFlags& flags) {
  std::ios::sync_with_stdio(false);
  Problem problem;
  if (flags.csv == "-") {
    problem = detect_in(std::cin, "standard input", flags);
  } else if (std::ifstream in{flags.csv}; !in) {
    problem = flags.csv + ": " + std::strerror(errno);
  } else {
    problem = detect_in(in, flags.csv, flags);
  }
  if (!problem.empty()) std::cerr << problem << "\n";
  return problem.empty() ? 0 : 1;
}

}  // namespace

void add_detect_command(CLI::App& cli, int& exit_code) {
  auto flags = std::make_shared<DetectFlags>();
  CLI::App* command = cli.add_subcommand("detect", "score every record of a series: how much of an anomaly it is, from what came before it");
  command->add_option("--csv", flags->csv, "file with a header and rows of timestamp,value in time order; -: standard input")->required();
  command->add_option("--out", flags->out, "write the rows there instead of standard output, once all is read");
  command->add_option("--labels", flags->labels, "file with a header and windows start,end: tells precision, recall and delay on standard error");
  command->add_option("--threshold", flags->threshold, "score from which a record counts as announced, for --labels")->capture_default_str();
  command->add_flag("--explain", flags->explain, "add baseline, deviation in standard deviations and verdict");
  command->callback([&exit_code, flags] { exit_code = detect(*flags); });
}

}  // namespace lectr::app
