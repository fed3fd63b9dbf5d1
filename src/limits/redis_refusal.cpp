#include <array>
#include <utility>

#include "limits/redis_link.hpp"

namespace lectr::limits {
namespace {

// Old servers have the word somewhere in a sentence about the script.
constexpr std::array<std::pair<std::string_view, const char*>, 14> kRefusals{{
    {"OOM", "OOM: it is out of memory; raise its maxmemory, or give it less to keep"},
    {"READONLY", "READONLY: it is a replica; redis_url must lead to the primary"},
    {"MISCONF", "MISCONF: it cannot save to its disk; see its log, or turn stop-writes-on-bgsave-error off"},
    {"NOREPLICAS", "NOREPLICAS: too few replicas follow it; see its min-replicas-to-write"},
    {"NOPERM", "NOPERM: its user may not run scripts, or not on keys lectr:*; see its ACL"},
    {"NOAUTH", "NOAUTH: it wants a password; see redis_url"},
    {"WRONGPASS", "WRONGPASS: it wants another password; see redis_url"},
    {"WRONGTYPE", "WRONGTYPE: a key lectr:* is none of ours; delete it, or use another database"},
    {"BUSY", "BUSY: a script of somebody else keeps it from its work; SCRIPT KILL ends that"},
    {"MASTERDOWN", "MASTERDOWN: it is a replica without its primary"},
    {"LOADING", "LOADING: it reads its data from disk; that ends by itself"},
    {"MOVED", "MOVED: it is one node of a cluster, which is not supported"},
    {"CLUSTERDOWN", "CLUSTERDOWN: it is one node of a cluster, which is not supported"},
    {"DB index", "its database number does not exist; see redis_url"},
}};

}  // namespace

const char* redis_refusal(std::string_view error) noexcept {
  for (const auto& [word, advice] : kRefusals)
    if (error.find(word) != error.npos) return advice;
  return "an error that is none of those we know; see its log";
}

}  // namespace lectr::limits
