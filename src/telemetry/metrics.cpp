#include "lectr/telemetry/metrics.hpp"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <iterator>
#include <sstream>

#include "telemetry/genai_metrics.hpp"
#include "telemetry/process_families.hpp"
#include "telemetry/traffic.hpp"

namespace lectr::telemetry {

struct Metrics::Impl {
  explicit Impl(MetricsOptions options) : traffic{registry, options}, genai{options} {}
  prometheus::Registry registry;
  Traffic traffic;
  GenaiMetrics genai;
};

Metrics::Metrics(MetricsOptions options) : impl_{std::make_unique<Impl>(options)} {}
Metrics::~Metrics() = default;

void Metrics::count(const Event& event) {
  impl_->traffic.count(event);
  impl_->genai.count(event);
}

std::string Metrics::text(const ProcessState& now) const {
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, collect(now));
  return std::move(out).str();
}

std::vector<prometheus::MetricFamily> Metrics::collect(const ProcessState& now) const {
  auto families = impl_->registry.Collect();
  auto process = process_families(now);
  families.insert(families.end(), std::make_move_iterator(process.begin()), std::make_move_iterator(process.end()));
  return families;
}

std::vector<prometheus::MetricFamily> Metrics::collect_genai() const { return impl_->genai.collect(); }

}  // namespace lectr::telemetry
