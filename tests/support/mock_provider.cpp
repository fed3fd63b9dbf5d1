// The demo's providers alone: mock_provider [HOST [PORT [THREADS]]]. Prints "ready HOST:PORT", runs until SIGTERM or SIGINT.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "lectr/app/demo.hpp"

int main(int argc, char** argv) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before any thread, so that all inherit it
  const char* host = argc > 1 ? argv[1] : "127.0.0.1";
  lectr::demo::MockProviders mock{host, static_cast<std::uint16_t>(argc > 2 ? std::atoi(argv[2]) : 0),
                                  argc > 3 ? static_cast<unsigned>(std::atoi(argv[3])) : 1};
  mock.start();
  std::printf("ready %s:%u\n", host, mock.port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  mock.stop();
}
