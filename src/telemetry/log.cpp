#include "lectr/telemetry/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace lectr::log {
namespace {

// Each place takes 400 bytes from the start, and no request writes a line.
constexpr std::size_t kQueuedLines = 512;

spdlog::logger* logger() { return spdlog::default_logger_raw(); }

}  // namespace

void start(std::string_view level) {
  spdlog::init_thread_pool(kQueuedLines, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  // overrun_oldest: a burst of lines costs old lines, never waiting time.
  auto log = std::make_shared<spdlog::async_logger>("lectr", sink, spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  log->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(log));
  set_level(level);
}

void set_level(std::string_view level) { spdlog::set_level(spdlog::level::from_str(std::string{level})); }
void flush() { logger()->flush(); }

void debug(std::string_view line) { logger()->debug("{}", line); }
void info(std::string_view line) { logger()->info("{}", line); }
void warn(std::string_view line) { logger()->warn("{}", line); }
void error(std::string_view line) { logger()->error("{}", line); }

}  // namespace lectr::log
