// Parts of an org's answer that its settings show too. Pure.
#pragma once

#include "api/json.hpp"

namespace lectr::api {

Json retention_of(const store::OrgRow& org);

}  // namespace lectr::api
