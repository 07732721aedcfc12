// The host's side of the conversation: reads PDUs, checks them, hands commands to the controller.
#include "tests/target/association.h"

#include <algorithm>
#include <utility>

#include "tests/target/crc32c.h"

namespace target {
namespace {

std::string peer_of(const asio::ip::tcp::socket& socket) {
  asio::error_code error;
  const auto peer = socket.remote_endpoint(error);
  return error ? std::string() : to_string(Address{peer.address().to_string(), peer.port()});
}

constexpr std::uint16_t kHeaderDigestError = 3;

}  // namespace

Association::Association(asio::ip::tcp::socket socket, Listener& listener)
    : socket_(std::move(socket)),
      listener_(listener),
      shared_(listener.shared()),
      controller_(shared_.options, shared_.cntlids, listener.page(), listener.misbehaviour()),
      outbox_signal_(socket_.get_executor()),
      keep_alive_timer_(socket_.get_executor()),
      byte_timer_(socket_.get_executor()) {}

void Association::start() {
  asio::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  key_ = shared_.ledger.add(listener_.index(), peer_of(socket_));
  const auto self = shared_from_this();
  asio::co_spawn(socket_.get_executor(), [self] { return self->read_loop(); }, asio::detached);
  asio::co_spawn(socket_.get_executor(), [self] { return self->write_loop(); }, asio::detached);
}

asio::awaitable<void> Association::read_loop() {
  const auto self = shared_from_this();
  mute_ = listener_.misbehaviour().silence == Silence::kAfterAccept;
  while (!closed_) {
    if (mute_ || closing_) {
      co_await discard_all();
      co_return;
    }
    wire::Bytes pdu;
    const bool began = co_await read_exactly(pdu, wire::kHeaderSize);
    if (!began) co_return;
    const wire::Header header = wire::get_header(pdu);
    if (const auto fault = check_header(header, icreq_seen_, digests_)) {
      fail(*fault, pdu);
      continue;
    }
    const bool complete = co_await read_exactly(pdu, header.plen);
    if (!complete) co_return;
    switch (static_cast<wire::Type>(header.type)) {
      case wire::Type::kIcReq: accept_icreq(pdu); break;
      case wire::Type::kH2cTermReq:
        shared_.ledger.edit(key_, [&](AssociationRecord& record) { record.termreqs.push_back(pdu); });
        close(Ending::kHostClosed, Drop::kFin);
        break;
      default: accept_command(pdu); break;
    }
  }
}

/// Reads until the PDU has `size` bytes; false when the connection ended (and closes it).
asio::awaitable<bool> Association::read_exactly(wire::Bytes& pdu, std::size_t size) {
  std::size_t have = pdu.size();
  pdu.resize(size);
  while (have < size) {
    asio::error_code error;
    co_await socket_.async_wait(asio::socket_base::wait_read, asio::redirect_error(asio::use_awaitable, error));
    co_await listener_.gate().pass(closed_);
    if (closed_) co_return false;
    have += socket_.read_some(asio::buffer(pdu.data() + have, size - have), error);
    if (error == asio::error::would_block || error == asio::error::interrupted) continue;
    if (error) {
      close(error == asio::error::eof ? Ending::kHostClosed : Ending::kHostReset, Drop::kFin);
      co_return false;
    }
  }
  co_return true;
}

/// Nothing is answered any more; only the connection's end is of interest.
asio::awaitable<void> Association::discard_all() {
  while (!closed_) {
    wire::Bytes byte;
    const bool more = co_await read_exactly(byte, 1);
    if (!more) co_return;
  }
}

void Association::accept_icreq(const wire::Bytes& pdu) {
  shared_.ledger.edit(key_, [&](AssociationRecord& record) { record.icreq = pdu; });
  if (const auto fault = check_icreq(pdu)) {
    fail(*fault, pdu);
    return;
  }
  icreq_seen_ = true;
  const Misbehaviour& m = listener_.misbehaviour();
  const TargetOptions& options = shared_.options;
  digests_.header = (pdu[11] & 1) != 0 && options.header_digest;
  digests_.data = (pdu[11] & 2) != 0 && options.data_digest;
  if (m.icresp_dgst) digests_ = {(*m.icresp_dgst & 1) != 0, (*m.icresp_dgst & 2) != 0};
  const auto granted = static_cast<std::uint8_t>((digests_.header ? 1 : 0) | (digests_.data ? 2 : 0));
  const std::uint8_t dgst = m.icresp_dgst.value_or(granted);
  shared_.ledger.edit(key_, [&](AssociationRecord& record) {
    record.header_digest = digests_.header;
    record.data_digest = digests_.data;
  });
  wire::Bytes icresp =
      wire::icresp(m.pfv.value_or(0), m.cpda.value_or(0), dgst, m.maxh2cdata.value_or(options.maxh2cdata));
  send(make_icresp_answer(std::move(icresp), m.icresp, pdu), m.icresp);
  mute_ = m.silence == Silence::kAfterIcResp;
}

void Association::accept_command(const wire::Bytes& pdu) {
  const wire::Header header = wire::get_header(pdu);
  const wire::View bytes(pdu);
  if (digests_.header && wire::get32(bytes, header.hlen) != crc32c(bytes.first(header.hlen))) {
    fail({kHeaderDigestError, 0, "wrong header digest"}, bytes.first(header.hlen));
    return;
  }
  wire::Command command;
  std::copy_n(pdu.begin() + wire::kHeaderSize, command.sqe.size(), command.sqe.begin());
  bool intact = true;
  if (header.plen > wire::kCapsuleCmdHlen + (digests_.header ? 4u : 0u)) {
    const std::size_t size = header.plen - header.pdo - (digests_.data ? 4u : 0u);
    const wire::View data = bytes.subspan(header.pdo, size);
    command.data.assign(data.begin(), data.end());
    intact = !digests_.data || wire::get32(bytes, header.pdo + size) == crc32c(data);
  }
  if (controller_.aer_waits(command.cid())) violation("CID " + std::to_string(command.cid()) + " is in flight already");
  record_command(command, pdu);
  for (const std::string& wrong : check_reserved(command)) violation(wrong);

  const Deed deed = listener_.deed_for(command);
  const auto now = Clock::now();
  const bool withheld = deed.silent || deed.status || deed.terminate;
  std::optional<Reply> reply;
  if (!intact) {
    violation("wrong data digest");
    reply = Reply{.data = {}, .result = 0, .status = kStatusTransient};
  } else if (withheld) {
    reply = Reply{};  // the controller never sees the command
  } else {
    reply = controller_.execute(command, now);
  }
  const bool is_connect = command.opcode() == opc::kFabrics && command.fctype() == fct::kConnect;
  if (is_connect) {
    note_connect(command);
    const bool succeeded = !withheld && reply->status == 0;
    if (succeeded && listener_.misbehaviour().silence == Silence::kAfterConnect) mute_ = true;
    if (succeeded) spawn_keep_alive_watch();
  }
  const bool tbkas = (shared_.options.ctratt & (1u << 6)) != 0;
  if (command.opcode() == opc::kKeepAlive || command.opcode() == opc::kSetFeatures || is_connect || tbkas ||
      controller_.kato_ms() == 0) {
    restart_keep_alive();
  }
  if (reply) {
    answer(*reply, deed, command.cid(), bytes.first(header.hlen));
  } else {
    aer_deeds_[command.cid()] = deed;
  }
  complete_aers();
  record_state();
}

void Association::announce() {
  controller_.announce();
  complete_aers();
  record_state();
}

void Association::send_event(std::uint32_t dword) {
  if (!controller_.connected()) return;
  controller_.add_event(dword);
  complete_aers();
  record_state();
}

void Association::complete_aers() {
  for (const auto& [cid, dword] : controller_.take_completed_aers()) {
    const Deed deed = aer_deeds_[cid];
    aer_deeds_.erase(cid);
    shared_.ledger.edit(key_, [](AssociationRecord& record) { ++record.aens_sent; });
    answer({.data = {}, .result = dword, .status = 0}, deed, cid, {});
  }
}

void Association::record_command(const wire::Command& command, const wire::Bytes& pdu) {
  ReceivedCommand received;
  received.opcode = command.opcode();
  const bool fabrics = command.opcode() == opc::kFabrics;
  received.fctype = fabrics ? command.fctype() : std::uint8_t{0};
  received.nsid = fabrics ? 0 : command.nsid();
  received.cid = command.cid();
  for (unsigned n = 0; n < received.cdw.size(); ++n) received.cdw[n] = command.cdw(10 + n);
  if (shared_.options.record_pdus) received.pdu = pdu;
  received.at = Clock::now();
  shared_.ledger.add_command(key_, std::move(received));
}

void Association::note_connect(const wire::Command& command) {
  if (command.data.size() != wire::kConnectDataSize) return;
  shared_.ledger.edit(key_, [&](AssociationRecord& record) {
    std::copy_n(command.data.begin(), 16, record.hostid.begin());
    record.subnqn = wire::get_text(command.data, 256, 256);
    record.hostnqn = wire::get_text(command.data, 512, 256);
    record.sqsize = wire::get16(command.sqe, 44);
    record.cattr = command.sqe[46];
    record.kato_ms = wire::get32(command.sqe, 48);
  });
}

void Association::record_state() {
  shared_.ledger.edit(key_, [&](AssociationRecord& record) {
    record.connected = controller_.connected();
    record.cntlid = controller_.cntlid();
    record.enabled = controller_.enabled();
    record.events_enabled = controller_.events_enabled();
    record.shutdown = record.shutdown || controller_.shut_down();
    record.aers_waiting = closed_ ? 0 : static_cast<unsigned>(controller_.aers_waiting());
  });
}

void Association::violation(std::string text) {
  shared_.ledger.edit(key_, [&](AssociationRecord& record) { record.violations.push_back(std::move(text)); });
}

}  // namespace target
