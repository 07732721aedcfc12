// The target's side of the conversation: answers, slow or broken where asked, the Keep Alive timer, and the end.
#include <algorithm>
#include <utility>

#include "tests/target/association.h"

namespace target {

void Association::answer(const Reply& reply, const Deed& deed, std::uint16_t cid, wire::View header) {
  AnswerContext context;
  if (controller_.queue_entries() > 0) {
    sqhd_ = static_cast<std::uint16_t>((sqhd_ + 1) % controller_.queue_entries());
  }
  context.cid = cid;
  context.sqhd = controller_.flow_control_disabled() ? std::uint16_t{0xFFFF} : sqhd_;
  context.digests = digests_;
  context.success_allowed = shared_.options.success_flag && controller_.flow_control_disabled();
  context.command = header;
  if (deed.completes_aer_first) context.aer_before = controller_.take_aer();
  if (deed.event_between && data_pdu_count(reply, deed) > 1) {
    context.aer_between = controller_.take_aer();
    if (context.aer_between) shared_.ledger.edit(key_, [](AssociationRecord& record) { ++record.aens_sent; });
  }
  shared_.ledger.set_status(key_, cid, deed.status.value_or(reply.status));
  send(make_answer(reply, deed, context), deed);
}

void Association::send(Answer answer, const Deed& deed) {
  if (deed.delay.count() > 0 || deed.piece_interval.count() > 0) {
    const auto self = shared_from_this();
    auto later = [self, answer, deed] { return self->send_later(answer, deed); };
    asio::co_spawn(socket_.get_executor(), std::move(later), asio::detached);
    return;
  }
  const auto interval = std::max(deed.byte_interval, listener_.misbehaviour().byte_interval);
  for (wire::Bytes& pdu : answer.pdus) enqueue({std::move(pdu), interval});
  if (answer.close) enqueue({.bytes = {}, .byte_interval = {}, .close = true, .reset = answer.reset});
}

asio::awaitable<void> Association::send_later(Answer answer, Deed deed) {
  const auto self = shared_from_this();
  asio::steady_timer timer(socket_.get_executor());
  asio::error_code ignored;
  timer.expires_after(deed.delay);
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  const auto interval = std::max(deed.byte_interval, listener_.misbehaviour().byte_interval);
  for (wire::Bytes& pdu : answer.pdus) {
    if (closed_) co_return;
    enqueue({std::move(pdu), interval});
    timer.expires_after(deed.piece_interval);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (answer.close) enqueue({.bytes = {}, .byte_interval = {}, .close = true, .reset = answer.reset});
}

void Association::enqueue(Outgoing item) {
  if (closed_ || closing_) return;
  closing_ = item.close;
  outbox_.push_back(std::move(item));
  outbox_signal_.wake();
}

asio::awaitable<void> Association::write_loop() {
  const auto self = shared_from_this();
  while (!closed_) {
    if (outbox_.empty()) {
      co_await outbox_signal_.wait();
      continue;
    }
    const Outgoing item = std::move(outbox_.front());
    outbox_.pop_front();
    co_await listener_.gate().pass(closed_);
    if (closed_) co_return;
    const bool written = co_await write_bytes(item);
    if (!written) co_return;
    if (item.close) close(item.ending, item.reset ? Drop::kReset : Drop::kFin);
  }
}

asio::awaitable<bool> Association::write_bytes(const Outgoing& item) {
  const bool slow = item.byte_interval.count() > 0;
  std::size_t sent = 0;
  while (sent < item.bytes.size()) {
    const std::size_t size = slow ? 1 : item.bytes.size() - sent;
    asio::error_code error;
    sent += co_await asio::async_write(socket_, asio::buffer(item.bytes.data() + sent, size),
                                       asio::redirect_error(asio::use_awaitable, error));
    if (closed_) co_return false;
    if (error) {
      close(Ending::kHostReset, Drop::kFin);
      co_return false;
    }
    if (slow && sent < item.bytes.size()) {
      byte_timer_.expires_after(item.byte_interval);
      co_await byte_timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      if (closed_) co_return false;
    }
  }
  co_return true;
}

void Association::fail(const Fault& fault, wire::View pdu) {
  shared_.ledger.edit(key_, [&](AssociationRecord& record) { record.protocol_error = fault.text; });
  if (!shared_.options.sends_termreq) {
    close(Ending::kProtocolError, Drop::kFin, fault.text);
    return;
  }
  enqueue({.bytes = wire::c2h_termreq(fault.fes, fault.fei, pdu)});
  enqueue({.bytes = {}, .byte_interval = {}, .close = true, .reset = false, .ending = Ending::kProtocolError});
}

void Association::close(Ending ending, Drop how, std::string protocol_error) {
  if (closed_) return;
  const auto self = shared_from_this();
  closed_ = true;
  asio::error_code ignored;
  if (how == Drop::kReset) {
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  } else {
    // Unread bytes would turn the FIN into an RST; the host's side is read out by nobody, so take what is there.
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    wire::Bytes rest(4096);
    while (!ignored && socket_.read_some(asio::buffer(rest), ignored) > 0) {
    }
  }
  socket_.close(ignored);
  outbox_.clear();
  outbox_signal_.wake();
  keep_alive_timer_.cancel();
  byte_timer_.cancel();
  listener_.gate().wake_all();
  listener_.forget(*this);
  if (protocol_error.empty()) {
    shared_.ledger.edit(key_, [&](AssociationRecord& record) { protocol_error = record.protocol_error; });
  }
  shared_.ledger.end(key_, ending, std::move(protocol_error));
}

std::chrono::milliseconds Association::keep_alive_limit() const {
  const std::uint64_t kato = controller_.kato_ms();
  if (kato == 0) return shared_.options.kato_zero_timeout;
  const std::uint64_t step = std::max<std::uint64_t>(1, std::uint64_t{shared_.options.kas} * 100);
  return std::chrono::milliseconds((kato + step - 1) / step * step);
}

void Association::spawn_keep_alive_watch() {
  restart_keep_alive();
  const auto self = shared_from_this();
  asio::co_spawn(socket_.get_executor(), [self] { return self->watch_keep_alive(); }, asio::detached);
}

void Association::restart_keep_alive() {
  keep_alive_deadline_ = Clock::now() + keep_alive_limit();
  if (keep_alive_deadline_ < keep_alive_timer_.expiry()) keep_alive_timer_.cancel();  // KATO became shorter
}

void Association::resumed() {
  if (controller_.connected()) restart_keep_alive();
}

asio::awaitable<void> Association::watch_keep_alive() {
  const auto self = shared_from_this();
  while (!closed_ && !mute_) {
    keep_alive_timer_.expires_at(keep_alive_deadline_);
    asio::error_code ignored;
    co_await keep_alive_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (closed_ || mute_) co_return;
    if (!listener_.gate().is_open()) {
      restart_keep_alive();
    } else if (Clock::now() >= keep_alive_deadline_) {
      close(Ending::kKeepAliveExpired, Drop::kFin);
    }
  }
}

}  // namespace target
