// portal_front: stands before an NVMe/TCP portal and passes PDUs on, unless told on stdin to hold a command, refuse, fall silent
// or reset in the middle of a PDU. With it a test knows where a host stands when a fault begins. Understands just enough to
// find the commands it holds; changes no byte. Ends on EOF or quit.
#include <unistd.h>

#include <array>
#include <asio.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/target/gate.h"

namespace {

using asio::ip::tcp;
using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view kUsage =
    "usage: portal_front ADDR:PORT=TO_ADDR:TO_PORT...\n"
    "stdin:  hold connect|log PORT   the next Connect or Get Log Page at PORT stays here, with what follows it on its connection:\n"
    "                                says 'held connect' or 'held log' for each, until\n"
    "        release                 passes on what is held, and holds no more\n"
    "        refuse [PORT] | accept  does not listen (at PORT), and resets what is open there | listens again\n"
    "        mute | speak            accepts and passes nothing on | passes on again\n"
    "        break | mend            resets each connection in the middle of the target's next PDU | no more\n"
    "        quit\n";

constexpr std::size_t kHeader = 8;         // NVMe/TCP, common header; PLEN at 4
constexpr std::size_t kMaxPdu = 16 << 20;  // nvmet takes 4 MiB at most
constexpr std::uint8_t kCapsuleCommand = 0x04;
constexpr std::size_t kOpcode = kHeader, kFctype = kHeader + 4, kLid = kHeader + 40;  // in the command's 64 bytes

std::uint32_t length_of(const Bytes& pdu) {
  return static_cast<std::uint32_t>(pdu[4]) | static_cast<std::uint32_t>(pdu[5]) << 8 | static_cast<std::uint32_t>(pdu[6]) << 16 |
         static_cast<std::uint32_t>(pdu[7]) << 24;
}
/// "connect", "log" or empty.
std::string_view name_of(const Bytes& pdu) {
  if (pdu[0] != kCapsuleCommand || pdu.size() < kHeader + 64) return "";
  if (pdu[kOpcode] == 0x7F && pdu[kFctype] == 0x01) return "connect";
  if (pdu[kOpcode] == 0x02 && pdu[kLid] == 0x70) return "log";
  return "";
}

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

/// What all portals do now; commands change it, gates wake those who wait.
struct Orders {
  explicit Orders(const asio::any_io_executor& loop) : holding(loop), speaking(loop) {}
  std::string held_name;
  unsigned short held_port = 0;
  target::Gate holding;   ///< closed: held commands wait
  target::Gate speaking;  ///< closed: nothing is passed on
  bool breaks = false;
};

class Passage : public std::enable_shared_from_this<Passage> {
 public:
  Passage(tcp::socket host, tcp::socket portal, unsigned short port, Orders& orders)
      : host_(std::move(host)), portal_(std::move(portal)), port_(port), orders_(orders) {}

  void start(const tcp::endpoint& to) {
    auto executor = host_.get_executor();
    asio::co_spawn(executor, [self = shared_from_this(), to]() { return self->open(to); }, asio::detached);
  }
  [[nodiscard]] bool over() const { return over_; }
  void end(bool reset) {
    if (over_) return;
    over_ = true;
    asio::error_code ignored;
    if (reset) host_.set_option(asio::socket_base::linger(true, 0), ignored);
    host_.close(ignored);
    portal_.close(ignored);
    orders_.holding.wake_all();
    orders_.speaking.wake_all();
  }

 private:
  asio::awaitable<void> open(tcp::endpoint to) {
    const auto self = shared_from_this();
    asio::error_code error;
    co_await orders_.speaking.pass(over_);
    if (over_) co_return;
    co_await portal_.async_connect(to, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      end(true);  // as if nobody listened: the host has not sent a byte that was answered
      co_return;
    }
    asio::co_spawn(host_.get_executor(), [self]() { return self->pass_commands(); }, asio::detached);
    co_await pass_answers();
  }

  asio::awaitable<bool> read_pdu(tcp::socket& from, Bytes& pdu) {
    asio::error_code error;
    pdu.resize(kHeader);
    co_await asio::async_read(from, asio::buffer(pdu), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
    const std::uint32_t length = length_of(pdu);
    if (length < kHeader || length > kMaxPdu) co_return false;
    pdu.resize(length);
    const asio::mutable_buffer rest = asio::buffer(pdu) + kHeader;
    co_await asio::async_read(from, rest, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }
  asio::awaitable<bool> write(tcp::socket& to, const Bytes& pdu, std::size_t size) {
    asio::error_code error;
    co_await asio::async_write(to, asio::buffer(pdu.data(), size), asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  asio::awaitable<void> pass_commands() {
    const auto self = shared_from_this();
    Bytes pdu;
    while (!over_) {
      const bool read = co_await read_pdu(host_, pdu);
      if (!read) break;
      if (!orders_.holding.is_open() && port_ == orders_.held_port && name_of(pdu) == orders_.held_name) {
        say("held " + orders_.held_name);
        co_await orders_.holding.pass(over_);
      }
      co_await orders_.speaking.pass(over_);
      if (over_) break;
      const bool written = co_await write(portal_, pdu, pdu.size());
      if (!written) break;
    }
    end(false);
  }
  asio::awaitable<void> pass_answers() {
    const auto self = shared_from_this();
    Bytes pdu;
    while (!over_) {
      const bool read = co_await read_pdu(portal_, pdu);
      if (!read) break;
      co_await orders_.speaking.pass(over_);
      if (over_) break;
      const bool whole = !orders_.breaks;
      const bool written = co_await write(host_, pdu, whole ? pdu.size() : pdu.size() / 2);
      if (!whole) end(true);
      if (!written) break;
    }
    end(false);
  }

  tcp::socket host_;
  tcp::socket portal_;
  const unsigned short port_;
  Orders& orders_;
  bool over_ = false;
};

class Portal {
 public:
  Portal(asio::io_context& loop, tcp::endpoint at, tcp::endpoint to, Orders& orders)
      : loop_(loop), acceptor_(loop), at_(std::move(at)), to_(std::move(to)), orders_(orders) {}

  asio::error_code listen() {
    asio::error_code error;
    if (acceptor_.is_open()) return error;
    acceptor_.open(at_.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(at_, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) accept_next();
    return error;
  }
  void refuse() {
    asio::error_code ignored;
    acceptor_.close(ignored);
    for (const auto& passage : passages_) passage->end(true);
    passages_.clear();
  }
  [[nodiscard]] const tcp::endpoint& at() const { return at_; }

 private:
  void accept_next() {
    acceptor_.async_accept([this](const asio::error_code& error, tcp::socket socket) {
      if (error) return;  // closed
      passages_.remove_if([](const auto& passage) { return passage->over(); });
      asio::error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      passages_.push_back(std::make_shared<Passage>(std::move(socket), tcp::socket(loop_), at_.port(), orders_));
      passages_.back()->start(to_);
      accept_next();
    });
  }

  asio::io_context& loop_;
  tcp::acceptor acceptor_;
  const tcp::endpoint at_, to_;
  Orders& orders_;
  std::list<std::shared_ptr<Passage>> passages_;
};

class Front {
 public:
  explicit Front(asio::io_context& loop) : loop_(loop), orders_(loop.get_executor()), input_(loop, ::dup(STDIN_FILENO)) {}

  /// ADDR:PORT=TO_ADDR:TO_PORT, IPv4.
  bool add(std::string_view text) {
    const std::size_t equals = text.find('=');
    tcp::endpoint at, to;
    if (equals == std::string_view::npos || !parse(text.substr(0, equals), at) || !parse(text.substr(equals + 1), to)) return false;
    portals_.emplace_back(loop_, at, to, orders_);
    return true;
  }
  bool listen() {
    for (Portal& portal : portals_) {
      const asio::error_code error = portal.listen();
      if (error) say("error " + portal.at().address().to_string() + ": " + error.message());
      if (error) return false;
    }
    return true;
  }
  void obey() {
    asio::async_read_until(input_, asio::dynamic_buffer(lines_), '\n', [this](const asio::error_code& error, std::size_t size) {
      if (error) return loop_.stop();
      const std::string line = lines_.substr(0, size - 1);
      lines_.erase(0, size);
      if (line == "quit") return loop_.stop();
      say((obeyed(line) ? "ok " : "error ") + line);
      obey();
    });
  }

 private:
  static bool parse(std::string_view text, tcp::endpoint& out) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return false;
    asio::error_code error;
    const asio::ip::address address = asio::ip::make_address(text.substr(0, colon), error);
    out = {address, static_cast<unsigned short>(std::atoi(std::string(text.substr(colon + 1)).c_str()))};
    return !error && out.port() != 0;
  }

  bool obeyed(const std::string& line) {
    if (line.starts_with("hold ")) return hold(line.substr(5));
    if (line.starts_with("refuse")) return refuse(line.substr(6));
    if (line == "release") orders_.holding.open();
    else if (line == "accept") return listen();
    else if (line == "mute") orders_.speaking.close();
    else if (line == "speak") orders_.speaking.open();
    else if (line == "break") orders_.breaks = true;
    else if (line == "mend") orders_.breaks = false;
    else return false;
    return true;
  }
  bool refuse(const std::string& port) {
    for (Portal& portal : portals_) {
      if (port.empty() || portal.at().port() == std::atoi(port.c_str())) portal.refuse();
    }
    return true;
  }
  bool hold(const std::string& what) {
    const std::size_t space = what.find(' ');
    const std::string name = what.substr(0, space);
    if (space == std::string::npos || (name != "connect" && name != "log")) return false;
    orders_.held_name = name;
    orders_.held_port = static_cast<unsigned short>(std::atoi(what.c_str() + space));
    orders_.holding.close();
    return true;
  }

  asio::io_context& loop_;
  Orders orders_;
  asio::posix::stream_descriptor input_;
  std::string lines_;
  std::list<Portal> portals_;
};

}  // namespace

int main(int argc, char** argv) {
  asio::io_context loop;
  Front front(loop);
  bool good = argc > 1;
  for (int i = 1; i < argc; ++i) good = front.add(argv[i]) && good;
  if (!good) {
    std::fputs(std::string(kUsage).c_str(), stderr);
    return 2;
  }
  if (!front.listen()) return 1;
  say("listening");
  front.obey();
  loop.run();
  return 0;
}
