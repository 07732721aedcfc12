// The HTTP server itself on a real connection: the input arrives in pieces (0xFF 0xFF separates two), the client then says
// no more. The answer is an HTTP answer or nothing, and comes or ends at once.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cmd/http_server.h"

namespace {

cmd::HttpServer& server() {
  static cmd::HttpServer* const one = [] {
    const auto answer = [](const cmd::HttpRequest& request) -> std::variant<cmd::HttpResponse, cmd::HttpRender> {
      if (request.path == "/later") return cmd::HttpRender([] { return cmd::text_response(200, std::string(100000, 'x')); });
      return cmd::text_response(200, "ok\n");
    };
    auto opened = cmd::HttpServer::open(cmd::HttpAddress{.host = "127.0.0.1", .port = 0}, cmd::HttpLimits{}, answer);
    if (!opened) std::abort();
    return opened->release();
  }();
  return *one;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(server().port());
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find("\xff\xff"), rest.size());
    if (::send(fd, rest.data(), end, MSG_NOSIGNAL) < 0) break;  // it has answered already
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  ::shutdown(fd, SHUT_WR);
  std::string answer;
  char room[16384];
  ssize_t count = 0;
  while ((count = ::recv(fd, room, sizeof room, 0)) > 0) answer.append(room, static_cast<std::size_t>(count));
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) std::abort();  // neither an answer nor an end
  if (!answer.empty() && !answer.starts_with("HTTP/1.1 ")) std::abort();
  const linger at_once{.l_onoff = 1, .l_linger = 0};  // a million connections would use up the ports otherwise
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(fd);
  return 0;
}
