// The answers that are tables, as JSON: what an endpoint sends, and what the CSV of the same name is made of.
#pragma once

#include "api/context.hpp"
#include "api/json.hpp"
#include "api/window.hpp"

namespace lectr::api {

Answer overview_of(const Call& call);
Answer timeseries_of(const Call& call);
Answer costs_of(const Call& call);
Answer providers_of(const Call& call);
Answer keys_of(const Call& call);
Answer members_of(const Call& call);
Answer tokens_of(const Call& call);

// How groups of a dimension are called: keys by their names, status classes as "2xx", the others as they are.
class Labels {
 public:
  static Result<Labels> of(const Call& call, store::Dimension by);
  Json name(const store::Group& group) const;  // null: requests that have none (a failed one has no model)
  Json label(const store::Group& group) const;

 private:
  store::Dimension by_ = store::Dimension::none;
  std::map<std::string, std::string> keys_;
};

// `compare=true`: the sums of the time before; null without. A problem is the store's.
Answer previous_of(const Call& call, const store::RollupFilter& filter);
Parsed<bool> wants_previous(const Query& query);

}  // namespace lectr::api
