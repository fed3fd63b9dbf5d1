#include "lectr/insight/movers.hpp"

#include <algorithm>

namespace lectr::insight {
namespace {

Femto size_of(const Mover& mover) noexcept { return mover.delta() < 0 ? -mover.delta() : mover.delta(); }

}  // namespace

Movers find_movers(const std::map<std::string, Femto>& before, const std::map<std::string, Femto>& now, std::size_t most) {
  std::map<std::string, Mover> all;
  for (const auto& [name, cost] : before) all[name].before = cost;
  for (const auto& [name, cost] : now) all[name].now = cost;
  Movers out;
  Femto moved = 0;
  for (auto& [name, mover] : all) {
    mover.name = name;
    mover.move = mover.before == 0 ? Move::fresh : mover.now == 0 ? Move::gone : Move::changed;
    out.before += mover.before;
    out.now += mover.now;
    moved += size_of(mover);
    if (mover.delta() != 0) out.most.push_back(mover);
  }
  const auto share = [moved](Femto part) { return moved == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(moved); };
  for (Mover& mover : out.most) mover.share = share(size_of(mover));
  std::stable_sort(out.most.begin(), out.most.end(), [](const Mover& a, const Mover& b) { return size_of(a) > size_of(b); });
  if (out.most.size() > most) out.most.resize(most);
  out.rest.before = out.before, out.rest.now = out.now, out.rest.share = moved == 0 ? 0.0 : 1.0;
  for (const Mover& mover : out.most) {
    out.rest.before -= mover.before;
    out.rest.now -= mover.now;
    out.rest.share -= mover.share;
  }
  out.rest.share = std::max(0.0, out.rest.share);
  return out;
}

}  // namespace lectr::insight
