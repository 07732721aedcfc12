// pthread_sigmask around thread creation: a new thread starts with its maker's mask.
#include "cmd/signals.h"

#include <pthread.h>

namespace cmd {

SignalsBlocked::SignalsBlocked() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before_);
}

SignalsBlocked::~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

std::unique_ptr<asio::thread_pool> make_workers(std::size_t threads) {
  const SignalsBlocked for_the_threads;
  return std::make_unique<asio::thread_pool>(threads);
}

void ignore_broken_pipes() {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

}  // namespace cmd
