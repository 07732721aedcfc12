// The public face: hands every call to the loop thread and waits for it.
#include "tests/target/discovery_target.h"

#include <asio.hpp>
#include <future>
#include <thread>
#include <utility>

#include "tests/target/listener.h"

namespace target {

std::string to_string(const Address& address) {
  const bool v6 = address.addr.contains(':');
  return (v6 ? "[" + address.addr + "]" : address.addr) + ":" + std::to_string(address.port);
}

struct DiscoveryTarget::State {
  explicit State(TargetOptions options) : shared(std::move(options)) {}

  Shared shared;
  asio::io_context loop{1};  // after shared: the coroutines that it destroys give their CNTLIDs back
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(loop);
  std::vector<std::unique_ptr<Listener>> listeners;
  std::thread thread;

  /// Runs `call` on the loop thread and returns what it returns.
  template <typename Call>
  auto run(Call call) {
    std::packaged_task<decltype(call())()> task(std::move(call));
    auto result = task.get_future();
    asio::post(loop, [&task] { task(); });  // not the task itself: asio would take its future
    return result.get();
  }

  /// Runs `call` for one listener or for all, on the loop thread.
  template <typename Call>
  void each(std::size_t index, Call call) {
    run([&] {
      if (index == kAllListeners) {
        for (const auto& listener : listeners) call(*listener);
      } else {
        call(*listeners.at(index));
      }
    });
  }
};

std::expected<std::unique_ptr<DiscoveryTarget>, std::string> DiscoveryTarget::start(TargetOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  for (const Address& address : state->shared.options.listen) {
    state->listeners.push_back(std::make_unique<Listener>(state->loop, state->shared, state->listeners.size()));
    const asio::error_code error = state->listeners.back()->listen(address);
    if (error) return std::unexpected("can't listen on " + to_string(address) + ": " + error.message());
  }
  State* const raw = state.get();
  state->thread = std::thread([raw] { raw->loop.run(); });
  return std::unique_ptr<DiscoveryTarget>(new DiscoveryTarget(std::move(state)));
}

DiscoveryTarget::DiscoveryTarget(std::unique_ptr<State> state) : state_(std::move(state)) {}

DiscoveryTarget::~DiscoveryTarget() {
  state_->each(kAllListeners, [](Listener& listener) {
    listener.stop_listening();
    listener.drop(Drop::kReset);
  });
  state_->loop.stop();
  state_->thread.join();
}

std::size_t DiscoveryTarget::listeners() const { return state_->listeners.size(); }

Address DiscoveryTarget::endpoint(std::size_t listener) const {
  return state_->run([&] { return state_->listeners.at(listener)->address(); });
}

void DiscoveryTarget::set_log(std::vector<LogEntry> entries, std::size_t listener) {
  state_->each(listener, [&](Listener& l) { l.set_log(entries); });
}

std::vector<LogEntry> DiscoveryTarget::log(std::size_t listener) const {
  return state_->run([&] { return state_->listeners.at(listener)->page().entries(); });
}

void DiscoveryTarget::set_genctr(std::uint64_t genctr, std::size_t listener) {
  state_->each(listener, [&](Listener& l) { l.page().set_genctr(genctr); });
}

std::uint64_t DiscoveryTarget::genctr(std::size_t listener) const {
  return state_->run([&] { return state_->listeners.at(listener)->page().genctr(); });
}

void DiscoveryTarget::announce(std::size_t listener) {
  state_->each(listener, [](Listener& l) { l.announce(); });
}

void DiscoveryTarget::send_event(std::uint32_t dword, std::size_t listener) {
  state_->each(listener, [&](Listener& l) { l.send_event(dword); });
}

void DiscoveryTarget::set_misbehaviour(Misbehaviour misbehaviour, std::size_t listener) {
  state_->each(listener, [&](Listener& l) { l.set_misbehaviour(misbehaviour); });
}

void DiscoveryTarget::stop_listening(std::size_t listener) {
  state_->each(listener, [](Listener& l) { l.stop_listening(); });
}

bool DiscoveryTarget::start_listening(std::size_t listener) {
  bool all = true;
  state_->each(listener, [&](Listener& l) { all = !l.listen_again() && all; });
  return all;
}

void DiscoveryTarget::drop_connections(Drop how, std::size_t listener) {
  state_->each(listener, [&](Listener& l) { l.drop(how); });
}

void DiscoveryTarget::pause(std::size_t listener) {
  state_->each(listener, [](Listener& l) { l.pause(); });
}

void DiscoveryTarget::resume(std::size_t listener) {
  state_->each(listener, [](Listener& l) { l.resume(); });
}

Record DiscoveryTarget::record() const { return state_->shared.ledger.copy(); }

void DiscoveryTarget::clear_record() { state_->shared.ledger.clear(); }

bool DiscoveryTarget::wait_for(const std::function<bool(const Record&)>& predicate, TimePoint deadline) const {
  return state_->shared.ledger.wait_for(predicate, deadline);
}

}  // namespace target
