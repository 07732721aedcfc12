// A whole discovery session over loopback against a controller that is right up to a step of the fuzzer's choice and says
// what the fuzzer likes from there on: ICResp, Connect, properties, Identify, Set Features, events, log page, shutdown.
// First byte: bits 0 and 1 the digests, bit 2 paged reads, bits 3 to 7 how many commands are answered well (ICReq is the
// first). Second byte: how the answers are cut into pieces. The rest is what the controller says; then it closes.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "nvme/crc32c.h"
#include "nvme/session.h"
#include "nvme/wire.h"

namespace {

namespace wire = nvme::wire;
using Bytes = std::vector<std::byte>;

constexpr std::uint64_t kMostEntries = 8;
constexpr int kMostAnswers = 60;  // a controller that is never ready would be asked for half a minute

/// What is left of the input; zeroes where nothing is.
class Script {
 public:
  explicit Script(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool ended() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  std::uint16_t word() { return static_cast<std::uint16_t>(byte() | byte() << 8); }
  void fill(std::span<std::byte> out) {
    for (std::byte& b : out) b = std::byte{byte()};
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

void append(Bytes& out, std::span<const std::byte> bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

/// The controller's half of all connections of one session, one at a time.
class Controller {
 public:
  Controller(int listener, Script& script, int well, std::size_t piece) : listener_(listener), script_(script), well_(well), piece_(piece) {}
  ~Controller() { hang_up(); }
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  /// Takes what has come and sends what is due; never waits. Says whether there was anything.
  bool step() {
    if (socket_ < 0) accept_one();
    if (socket_ < 0) return false;
    std::byte room[4096];
    ssize_t count = 0;
    bool moved = false;
    while ((count = ::recv(socket_, room, sizeof room, MSG_DONTWAIT)) > 0) {
      append(in_, std::span(room).first(static_cast<std::size_t>(count)));
      moved = true;
    }
    if (count == 0) {
      hang_up();
      return true;
    }
    while (in_.size() >= sizeof(wire::PduHeader)) {
      const std::uint32_t length = wire::read<wire::PduHeader>(in_).plen;
      if (length < sizeof(wire::PduHeader) || length > 16384) std::abort();  // the host sends no such thing
      if (in_.size() < length) break;
      answer(std::span(in_).first(length));
      in_.erase(in_.begin(), in_.begin() + length);
    }
    while (!out_.empty()) {
      const std::size_t want = std::min(piece_, out_.size());
      const ssize_t sent = ::send(socket_, out_.data(), want, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent <= 0) break;
      moved = true;
      out_.erase(out_.begin(), out_.begin() + sent);
    }
    if (out_.empty() && closing_) hang_up();
    return moved;
  }
  bool was_asked_for_status() const { return asked_for_status_; }
  void hang_up() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
    in_.clear();
    out_.clear();
    closing_ = false;
  }

 private:
  void accept_one() {
    socket_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket_ < 0) return;
    const int one = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    digests_ = 0;
  }

  void raw(std::size_t most) {
    Bytes bytes(script_.byte() % (most + 1));
    script_.fill(bytes);
    append(out_, bytes);
  }

  /// A PDU with its digests: header, then data.
  void send(std::span<const std::byte> header, std::span<const std::byte> data) {
    Bytes pdu(header.begin(), header.end());
    auto ch = wire::read<wire::PduHeader>(pdu);
    ch.flags = static_cast<std::uint8_t>(ch.flags | digests_);
    const bool hdgst = (digests_ & 1) != 0, ddgst = (digests_ & 2) != 0 && !data.empty();
    const std::size_t before_data = pdu.size() + (hdgst ? 4 : 0);
    ch.pdo = static_cast<std::uint8_t>(data.empty() ? 0 : before_data);
    ch.plen = static_cast<std::uint32_t>(before_data + data.size() + (ddgst ? 4 : 0));
    std::memcpy(pdu.data(), &ch, sizeof ch);
    const auto digest = [&](std::span<const std::byte> of) {
      const wire::le32 crc = nvme::crc32c(of);
      append(pdu, wire::bytes_of(crc));
    };
    if (hdgst) digest(Bytes(pdu));
    append(pdu, data);
    if (ddgst) digest(data);
    append(out_, pdu);
  }
  void complete(std::uint16_t cid, std::uint64_t result, std::uint16_t status) {
    wire::CapsuleResp resp;
    resp.ch = {.type = static_cast<std::uint8_t>(wire::PduType::kCapsuleResp), .hlen = sizeof resp};
    resp.cqe.result = result;
    resp.cqe.cid = cid;
    resp.cqe.status = status;
    send(wire::bytes_of(resp), {});
  }
  void data(std::uint16_t cid, std::uint32_t offset, std::span<const std::byte> bytes, std::uint8_t flags) {
    wire::DataPdu pdu;
    pdu.ch = {.type = static_cast<std::uint8_t>(wire::PduType::kC2hData), .flags = flags, .hlen = sizeof pdu};
    pdu.cccid = cid;
    pdu.datao = offset;
    pdu.datal = static_cast<std::uint32_t>(bytes.size());
    send(wire::bytes_of(pdu), bytes);
  }

  /// What a good controller says to this command: a result and data.
  std::uint64_t good(const wire::Sqe& sqe, Bytes& out) {
    switch (sqe.opcode) {
      case 0x7F:
        if ((sqe.nsid & 0xFF) == 0x01) return 1;  // Connect: CNTLID
        if ((sqe.nsid & 0xFF) != 0x04) return 0;
        if (sqe.cdw11 == 0x00) return 0x0000002000000000ULL;  // CAP: NVM command set
        if (sqe.cdw11 == 0x1C) return shutting_down_ ? 9 : 1;
        return 0x00010300;
      case 0x06: {
        wire::IdentifyController data;
        data.cntlid = 1;
        data.oaes = 0x80000000;
        data.cntrltype = 2;
        data.lpa = 4;
        append(out, wire::bytes_of(data));
        return 0;
      }
      case 0x02: {
        const std::size_t length = 4 * (std::size_t{sqe.cdw10 >> 16} + (std::size_t{sqe.cdw11 & 0xFFFF} << 16) + 1);
        out.resize(length);
        if (sqe.cdw12 == 0) {
          wire::LogHeader header;
          header.genctr = 7;
          header.numrec = 2;
          std::memcpy(out.data(), &header, std::min(length, sizeof header));
        }
        return 0;
      }
      default: return 0;
    }
  }

  void answer_icreq() {
    wire::IcResp resp;
    resp.ch = {.type = static_cast<std::uint8_t>(wire::PduType::kIcResp), .hlen = sizeof resp};
    resp.ch.plen = sizeof resp;
    resp.dgst = wire::read<wire::IcReq>(in_).dgst;
    resp.maxh2cdata = 4096;
    Bytes pdu;
    append(pdu, wire::bytes_of(resp));
    if (answers_++ >= well_) spoil(pdu);
    digests_ = std::to_integer<std::uint8_t>(pdu[offsetof(wire::IcResp, dgst)]) & 3;
    append(out_, pdu);
  }
  /// A few bytes of it become others.
  void spoil(std::span<std::byte> bytes) {
    for (int n = script_.byte() % 5; n > 0 && !bytes.empty(); --n) {
      const std::size_t at = script_.word() % bytes.size();
      bytes[at] = std::byte{script_.byte()};
    }
  }

  void answer(std::span<const std::byte> pdu) {
    const auto type = static_cast<wire::PduType>(std::to_integer<std::uint8_t>(pdu[0]));
    if (type == wire::PduType::kIcReq) return answer_icreq();
    if (type != wire::PduType::kCapsuleCmd) {
      closing_ = true;  // H2CTermReq: the host has had enough
      return;
    }
    const wire::Sqe sqe = wire::read<wire::CapsuleCmd>(pdu).sqe;
    asked_for_status_ = sqe.opcode == 0x7F && (sqe.nsid & 0xFF) == 0x04 && sqe.cdw11 == 0x1C;
    if (sqe.opcode == 0x7F && (sqe.nsid & 0xFF) == 0 && (sqe.cdw12 & 0xC000) != 0) shutting_down_ = true;
    Bytes bytes;
    const std::uint64_t result = good(sqe, bytes);
    const bool event_request = sqe.opcode == 0x0C;
    const int mode = answers_++ < well_ ? (event_request ? 9 : 0) : script_.byte() % 11;
    if (answers_ > kMostAnswers || (answers_ > well_ && script_.ended())) closing_ = true;
    const std::uint16_t cid = sqe.cid;
    const auto whole = [&] {
      if (!bytes.empty()) data(cid, 0, bytes, wire::kFlagLast);
    };
    switch (mode) {
      case 0: whole(); return complete(cid, result, 0);
      case 1: return raw(200);
      case 2: whole(); return complete(cid, result, script_.word());
      case 3: spoil(bytes); whole(); return complete(cid, result, 0);
      case 4:
        script_.fill(std::span(bytes).first(std::min<std::size_t>(bytes.size(), script_.byte() * std::size_t{16})));
        whole();
        return complete(cid, result, 0);
      case 5: {
        std::uint64_t other = script_.word();
        other |= std::uint64_t{script_.word()} << 16 | std::uint64_t{script_.word()} << 48;
        whole();
        return complete(cid, other, 0);
      }
      case 6: bytes.resize(script_.word() % 9000); whole(); return complete(cid, result, 0);
      case 7:  // in two halves, the second wherever the script says
        if (bytes.size() >= 8) {
          data(cid, 0, std::span(bytes).first(bytes.size() / 2), 0);
          data(cid, static_cast<std::uint32_t>(bytes.size() / 2 + script_.byte()), std::span(bytes).subspan(bytes.size() / 2), wire::kFlagLast | wire::kFlagSuccess);
        }
        return complete(cid, result, 0);
      case 8: complete(script_.word(), result, 0); whole(); return complete(cid, result, 0);
      case 9: pending_event_ = cid; return;  // answered by nothing, or by mode 10 of a later command
      default: {
        const std::uint32_t event = std::uint32_t{script_.word()} << 16 | script_.word();
        complete(pending_event_, event, 0);
        whole();
        return complete(cid, result, 0);
      }
    }
  }

  int listener_;
  Script& script_;
  int well_;
  std::size_t piece_;
  int socket_{-1};
  Bytes in_{}, out_{};
  std::uint8_t digests_{0};
  int answers_{0};
  bool closing_{false};
  bool shutting_down_{false};
  bool asked_for_status_{false};
  std::uint16_t pending_event_{0xFFFF};
};

/// One listener for the life of the process; its port.
struct Listener {
  int fd;
  std::uint16_t port;
};
const Listener& listener() {
  static const Listener one = [] {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(fd, 16) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
      std::abort();
    return Listener{fd, ntohs(address.sin_port)};
  }();
  return one;
}

bool printable(const std::string& text) { return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::uint8_t first = data[0];
  Script script(std::span(data, size).subspan(2));
  Controller controller(listener().fd, script, first >> 3, std::size_t{1} + data[1] * std::size_t{37});

  nvme::SessionOptions options{
      .address = {.traddr = nvme::IpAddress::v4({127, 0, 0, 1}), .trsvcid = listener().port},
      .identity = {*nvme::Nqn::parse("nqn.2014-08.org.nvmexpress:uuid:11111111-1111-4111-8111-111111111111"),
                   *nvme::HostId::parse("11111111-1111-4111-8111-111111111111")}};
  options.header_digest = (first & 1) != 0;
  options.data_digest = (first & 2) != 0;
  options.paged = (first & 4) != 0;
  options.max_entries = kMostEntries;

  asio::io_context io;
  bool up = false, down = false;
  int pages = 0;
  nvme::Session* session = nullptr;
  nvme::SessionEvents events;
  events.on_up = [&](const nvme::ControllerInfo& info) {
    if (down || !printable(info.model) || !printable(info.serial) || !printable(info.firmware) || !printable(info.subnqn)) std::abort();
    up = true;
  };
  events.on_log = [&](nvme::LogPage page) {
    if (down || !up || page.entries.size() > kMostEntries) std::abort();
    for (const nvme::LogEntry& entry : page.entries)
      if (const auto target = nvme::target(entry); !target && target.error().message.empty()) std::abort();
    ++pages;
    if (pages < 3) session->reread();
    else session->stop();
  };
  events.on_event = [&](std::uint32_t) {
    if (down || !up) std::abort();
  };
  events.on_down = [&](const base::Error& why) {
    if (down || why.message.empty()) std::abort();
    down = true;
  };
  {
    nvme::Session running(io.get_executor(), options, std::move(events));
    session = &running;
    // A session that waits while its controller has nothing more to say: the controller goes, and that has to end it.
    // A hang is the fuzzer's own -timeout.
    const auto over = [&] { return down; };
    int idle = 0;
    while (!over()) {
      const bool moved = io.poll() > 0;
      const bool said = controller.step();
      idle = moved || said ? 0 : idle + 1;
      if (idle <= 2) continue;
      if (idle > 12 || !controller.was_asked_for_status()) controller.hang_up();
      else ::poll(nullptr, 0, 1);  // a host that asks for CSTS asks again some milliseconds later
    }
  }
  controller.hang_up();
  for (int turn = 0; turn < 20 && io.poll() > 0; ++turn) {}
  return 0;
}
