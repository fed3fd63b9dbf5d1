#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>

#include "commands.hpp"
#include "daemon.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app {
namespace {

constexpr rlim_t kDescriptors = 262'144;

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, s);
  return set;
}

// Of one loaded object, the pages that nobody ever wrote: code, symbols, constants. They come back from the page cache where they are touched again.
int let_go_of_file_pages(dl_phdr_info* object, std::size_t, void*) {
  const auto page = static_cast<ElfW(Addr)>(::sysconf(_SC_PAGESIZE));
  for (std::size_t i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const ElfW(Addr) from = (object->dlpi_addr + segment.p_vaddr) / page * page;
    const ElfW(Addr) to = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    ::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
  }
  return 0;
}

// The start reads symbol tables, migrations, price tables and the code for them once, which is half of what the process would go on holding.
void give_back_what_the_start_used() {
  ::malloc_trim(0);
  ::dl_iterate_phdr(let_go_of_file_pages, nullptr);
}

void show_welcome(const Daemon& daemon) {
  if (!daemon.welcome()) return;
  const Welcome& w = *daemon.welcome();
  if (w.org_key.empty() && w.admin_password.empty()) return;
  std::cout << "\nFirst start. Note these down, they are shown only once:\n";
  if (!w.org_key.empty()) std::cout << "  org key     " << w.org_key << "      (send it as the header X-Lectr-Key)\n";
  if (!w.admin_password.empty()) std::cout << "  dashboard   " << daemon.admin_url() << "   user admin   password " << w.admin_password << "\n";
  std::cout << std::endl;
}

}  // namespace

void hold_signals() {
  const sigset_t set = our_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int wait_for_signal() {
  const sigset_t set = our_signals();
  int signal = 0;
  ::sigwait(&set, &signal);
  return signal;
}

void set_process_limits() {
  rlimit files{};
  const rlimit wanted{kDescriptors, kDescriptors};  // only root may raise the hard limit
  if (::setrlimit(RLIMIT_NOFILE, &wanted) != 0 && ::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  // Bodies of up to a megabyte are taken from the heap and given back to it, not mapped and unmapped each time.
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

int serve(config::Settings settings, const CommonFlags& flags) {
  hold_signals();
  set_process_limits();
  log::start(settings.log_level);
  try {
    Daemon daemon{std::move(settings)};
    show_welcome(daemon);
    daemon.start();
    log::info("ready proxy=" + daemon.proxy_address() + " admin=" + daemon.admin_address());
    give_back_what_the_start_used();
    int signal = 0;
    while ((signal = wait_for_signal()) == SIGHUP) {
      if (const auto fresh = read_settings(flags)) {
        daemon.reload(*fresh);
      } else {
        for (const auto& problem : fresh.error()) log::error("reload: " + problem.to_text() + "; nothing has changed");
      }
    }
    log::info("stopping: no new connections, streams may finish");
    daemon.stop();
    log::info("stopped");
  } catch (const std::exception& e) {
    log::error(std::string{"can't run: "} + e.what());
    log::flush();
    return 1;
  }
  log::flush();
  return 0;
}

}  // namespace lectr::app
