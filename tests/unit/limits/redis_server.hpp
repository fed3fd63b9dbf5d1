// A redis-server of a test's own, on a socket in a folder of its own; nothing is written to disk. Without the program there is none.
#pragma once

#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace lectr::limits {

using RedisConnection = std::unique_ptr<redisContext, decltype(&redisFree)>;
struct FreeReply {
  void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using RedisReply = std::unique_ptr<redisReply, FreeReply>;

class RedisServer {
 public:
  RedisServer() {
    std::string name = (std::filesystem::temp_directory_path() / "lectr-redis-XXXXXX").string();
    if (!::mkdtemp(name.data())) return;
    folder_ = name;
    begin();
  }
  ~RedisServer() {
    end();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  bool begin() {
    pid_ = ::fork();
    if (pid_ == 0) {
      ::execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", path().c_str(), "--save", "", "--appendonly", "no", "--dir",
               folder_.c_str(), "--logfile", (folder_ + "/log").c_str(), "--loglevel", "warning", nullptr);
      ::_exit(127);
    }
    for (int i = 0; i < 500 && ::waitpid(pid_, nullptr, WNOHANG) == 0; ++i) {
      if (link()) return up_ = true;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return up_ = false;
  }
  void end() {
    if (!std::exchange(up_, false)) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  void signal(int number) const { ::kill(pid_, number); }
  bool up() const noexcept { return up_; }
  std::string path() const { return folder_ + "/socket"; }
  RedisConnection link() const {
    RedisConnection made{redisConnectUnix(path().c_str()), &redisFree};
    if (made && made->err != 0) made.reset();
    return made;
  }

 private:
  std::string folder_;
  pid_t pid_ = -1;
  bool up_ = false;
};

}  // namespace lectr::limits
