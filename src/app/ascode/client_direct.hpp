// The same endpoints in this process, on the store of a state directory or database. A gateway that runs on it meanwhile takes changes up within two
// seconds, as from any subcommand.
#pragma once

#include <memory>
#include <string>

#include "app/ascode/client.hpp"
#include "lectr/config/settings.hpp"

namespace lectr::app::ascode {

// `org` may be empty where there is only one. Null, and the reason, when the store can't be opened or the org not be told.
std::unique_ptr<Client> direct_client(const config::Settings& settings, const std::string& org, std::string& trouble);

}  // namespace lectr::app::ascode
