// One TCP connection of a host: PDUs in, checked; PDUs out, as the controller and the rules say; Keep Alive timer.
#pragma once

#include <asio.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/target/answer.h"
#include "tests/target/controller.h"
#include "tests/target/gate.h"
#include "tests/target/listener.h"
#include "tests/target/wire.h"

namespace target {

/// What a host did wrong, and how a C2HTermReq says so.
struct Fault {
  std::uint16_t fes = 0;
  std::uint32_t fei = 0;
  std::string text;
};

/// What is wrong with a PDU's common header from a host; `icreq_seen` tells whether ICReq is due or over.
std::optional<Fault> check_header(const wire::Header& header, bool icreq_seen, wire::Digests digests);
/// What is wrong with a whole ICReq.
std::optional<Fault> check_icreq(wire::View icreq);
/// What is wrong in a command that controllers do not look at: reserved bytes, above all.
std::vector<std::string> check_reserved(const wire::Command& command);

class Association : public std::enable_shared_from_this<Association> {
 public:
  Association(asio::ip::tcp::socket socket, Listener& listener);

  void start();
  void drop(Drop how) { close(Ending::kDropped, how); }
  void announce();
  void send_event(std::uint32_t dword);
  void resumed();

 private:
  using Clock = std::chrono::steady_clock;

  struct Outgoing {
    wire::Bytes bytes;
    std::chrono::milliseconds byte_interval{0};
    bool close = false;  ///< after the bytes
    bool reset = false;
    Ending ending = Ending::kDropped;
  };

  asio::awaitable<void> read_loop();
  asio::awaitable<bool> read_exactly(wire::Bytes& pdu, std::size_t size);
  asio::awaitable<void> discard_all();
  asio::awaitable<void> write_loop();
  asio::awaitable<bool> write_bytes(const Outgoing& item);
  asio::awaitable<void> send_later(Answer answer, Deed deed);
  asio::awaitable<void> watch_keep_alive();

  void accept_icreq(const wire::Bytes& pdu);
  void accept_command(const wire::Bytes& pdu);
  void answer(const Reply& reply, const Deed& deed, std::uint16_t cid, wire::View header);
  void complete_aers();
  void send(Answer answer, const Deed& deed);
  void enqueue(Outgoing item);
  void fail(const Fault& fault, wire::View pdu);
  void close(Ending ending, Drop how, std::string protocol_error = {});
  void record_command(const wire::Command& command, const wire::Bytes& pdu);
  void record_state();
  void note_connect(const wire::Command& command);
  void violation(std::string text);
  void spawn_keep_alive_watch();
  void restart_keep_alive();
  [[nodiscard]] std::chrono::milliseconds keep_alive_limit() const;

  asio::ip::tcp::socket socket_;
  Listener& listener_;
  Shared& shared_;
  std::uint64_t key_ = 0;
  Controller controller_;
  wire::Digests digests_;
  bool icreq_seen_ = false;
  bool mute_ = false;    // nothing is answered any more
  bool closed_ = false;
  bool closing_ = false; // the last bytes are in the outbox
  std::uint16_t sqhd_ = 0;
  std::map<std::uint16_t, Deed> aer_deeds_;  // of AERs that wait

  std::deque<Outgoing> outbox_;
  Signal outbox_signal_;
  asio::steady_timer keep_alive_timer_;
  Clock::time_point keep_alive_deadline_;
  asio::steady_timer byte_timer_;
};

}  // namespace target
