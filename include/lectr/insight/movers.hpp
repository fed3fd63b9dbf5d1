// Who spends more or less than the week before. Pure; additive: the changes of all, those left out included, sum up to the total's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lectr::insight {

__extension__ typedef __int128 Femto;  // 1e-15 USD

enum class Move : std::uint8_t { changed, fresh, gone };  // fresh: nothing the week before; gone: nothing now

struct Mover {
  std::string name;
  Femto before = 0, now = 0;
  double share = 0;  // of the sum of all changes, each without its sign: 0 … 1
  Move move = Move::changed;
  Femto delta() const noexcept { return now - before; }
};

struct Movers {
  Femto before = 0, now = 0;  // totals
  std::vector<Mover> most;    // by the size of the change, largest first; equal ones by name. Who did not change is not in it
  Mover rest;                 // all the others together; no name
};

Movers find_movers(const std::map<std::string, Femto>& before, const std::map<std::string, Femto>& now, std::size_t most);

}  // namespace lectr::insight
