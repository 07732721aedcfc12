// Accepts hosts, and tells their associations what changed.
#include "tests/target/listener.h"

#include "tests/target/association.h"

namespace target {
namespace {

bool matches(const When& when, const wire::Command& command) {
  if (when.opcode && *when.opcode != command.opcode()) return false;
  const bool fabrics = command.opcode() == opc::kFabrics;
  if (when.fctype && (!fabrics || *when.fctype != command.fctype())) return false;
  if (when.lid && (command.opcode() != opc::kGetLog || *when.lid != (command.cdw(10) & 0xFF))) return false;
  if (when.property) {
    const bool property = fabrics && (command.fctype() == fct::kPropertyGet || command.fctype() == fct::kPropertySet);
    if (!property || *when.property != command.cdw(11)) return false;
  }
  return true;
}

}  // namespace

Listener::Listener(asio::io_context& loop, Shared& shared, std::size_t index)
    : loop_(loop), shared_(shared), index_(index), acceptor_(loop), gate_(loop.get_executor()) {}

asio::error_code Listener::listen(const Address& address) {
  asio::error_code error;
  const asio::ip::address ip = asio::ip::make_address(address.addr, error);
  if (error) return error;
  const asio::ip::tcp::endpoint endpoint(ip, address.port);
  asio::ip::tcp::acceptor acceptor(loop_);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && ip.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.non_blocking(true, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return error;
  address_ = {address.addr, acceptor.local_endpoint(error).port()};
  acceptor_ = std::move(acceptor);
  asio::co_spawn(loop_, accept_loop(++generation_), asio::detached);
  return error;
}

asio::awaitable<void> Listener::accept_loop(unsigned generation) {
  const bool gone = false;
  while (generation == generation_) {
    asio::ip::tcp::socket socket(loop_);
    asio::error_code error;
    co_await acceptor_.async_wait(asio::socket_base::wait_read, asio::redirect_error(asio::use_awaitable, error));
    co_await gate_.pass(gone);
    if (error || generation != generation_) continue;
    acceptor_.accept(socket, error);
    if (error) {
      // Out of descriptors, or the host is gone already: the next look needs a pause, or the first would spin.
      asio::steady_timer nap(loop_, std::chrono::milliseconds(10));
      co_await nap.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    auto association = std::make_shared<Association>(std::move(socket), *this);
    associations_.push_back(association);
    association->start();
  }
}

void Listener::stop_listening() {
  ++generation_;
  asio::error_code ignored;
  acceptor_.close(ignored);
  gate_.wake_all();
}

void Listener::drop(Drop how) {
  const auto associations = associations_;  // each forgets itself
  for (const auto& association : associations) association->drop(how);
}

void Listener::resume() {
  gate_.open();
  for (const auto& association : associations_) association->resumed();
}

void Listener::set_log(std::vector<LogEntry> entries) {
  page_.set_entries(std::move(entries));
  announce();
}

void Listener::announce() {
  for (const auto& association : associations_) association->announce();
}

void Listener::send_event(std::uint32_t dword) {
  for (const auto& association : associations_) association->send_event(dword);
}

void Listener::set_misbehaviour(Misbehaviour misbehaviour) {
  misbehaviour_ = std::move(misbehaviour);
  matches_.assign(misbehaviour_.rules.size(), 0);
  page_.set_misbehaviour(misbehaviour_);
}

Deed Listener::deed_for(const wire::Command& command) {
  const Deed* chosen = nullptr;
  for (std::size_t i = 0; i < misbehaviour_.rules.size(); ++i) {
    const Rule& rule = misbehaviour_.rules[i];
    if (!matches(rule.when, command)) continue;
    const unsigned before = matches_[i]++;
    const bool due = before + 1 >= rule.when.first && before + 1 - rule.when.first < rule.when.times;
    if (due && chosen == nullptr) chosen = &rule.deed;
  }
  return chosen == nullptr ? Deed{} : *chosen;
}

void Listener::forget(const Association& association) {
  associations_.remove_if([&](const auto& held) { return held.get() == &association; });
}

}  // namespace target
