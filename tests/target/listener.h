// One listening address: its acceptor, log page, misbehaviour and associations.  Lives on the target's loop only.
#pragma once

#include <asio.hpp>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "tests/target/controller.h"
#include "tests/target/discovery_target.h"
#include "tests/target/gate.h"
#include "tests/target/ledger.h"
#include "tests/target/log_page.h"

namespace target {

class Association;

/// What all listeners of a target share.
struct Shared {
  TargetOptions options;
  Ledger ledger;
  CntlidPool cntlids;
  explicit Shared(TargetOptions given)
      : options(std::move(given)), ledger(options.record_limit), cntlids(options.first_cntlid) {}
};

class Listener {
 public:
  Listener(asio::io_context& loop, Shared& shared, std::size_t index);

  /// Binds, listens and starts to accept.  The port that the system chose is kept for later calls.
  asio::error_code listen(const Address& address);
  asio::error_code listen_again() { return acceptor_.is_open() ? asio::error_code() : listen(address_); }
  void stop_listening();
  void drop(Drop how);
  void pause() { gate_.close(); }
  void resume();

  void set_log(std::vector<LogEntry> entries);
  void announce();
  void send_event(std::uint32_t dword);
  void set_misbehaviour(Misbehaviour misbehaviour);

  [[nodiscard]] const Address& address() const { return address_; }
  [[nodiscard]] std::size_t index() const { return index_; }
  LogPage& page() { return page_; }
  Misbehaviour& misbehaviour() { return misbehaviour_; }
  Gate& gate() { return gate_; }
  Shared& shared() { return shared_; }

  /// The deed of the first rule that matches (rules count their matches here), or the correct one.
  Deed deed_for(const wire::Command& command);
  void forget(const Association& association);

 private:
  asio::awaitable<void> accept_loop(unsigned generation);

  asio::io_context& loop_;
  Shared& shared_;
  const std::size_t index_;
  Address address_;
  asio::ip::tcp::acceptor acceptor_;
  unsigned generation_ = 0;  // of the acceptor: a loop of an older one ends
  Gate gate_;
  LogPage page_;
  Misbehaviour misbehaviour_;
  std::vector<unsigned> matches_;  // per rule
  std::list<std::shared_ptr<Association>> associations_;
};

}  // namespace target
