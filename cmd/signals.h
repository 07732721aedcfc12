// Signals: threads that block them all (a stray one aborts a connect inside the kernel), and none of SIGPIPE.
#pragma once

#include <asio/thread_pool.hpp>
#include <csignal>
#include <cstddef>
#include <memory>

namespace cmd {

/// While it lives, the calling thread blocks all signals; threads it makes meanwhile keep them blocked for ever.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

/// A pool whose threads block every signal.
std::unique_ptr<asio::thread_pool> make_workers(std::size_t threads);

/// A write to a closed socket or pipe is an error value, not an end of the process.
void ignore_broken_pipes();

}  // namespace cmd
