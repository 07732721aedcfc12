// A connection that the server closes after its answer: read to the end, look for the header's end.
#include "cmd/http_client.h"

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include "base/text.h"
#include "base/time.h"

namespace cmd {
namespace {

using asio::ip::tcp;
constexpr std::size_t kReplyLimit = 256U << 20;  // 100,000 paths, and some

base::Result<HttpReply> parse_reply(const std::string& text, const std::string& name) {
  const std::size_t end = text.find("\r\n\r\n");
  const std::size_t space = text.find(' ');
  if (!text.starts_with("HTTP/1.") || end == std::string::npos || space == std::string::npos) {
    return base::fail(base::ErrorKind::kProtocol, name + " answers, but not with HTTP");
  }
  const auto status = base::parse_int(std::string_view(text).substr(space + 1, 3), 100, 599);
  if (!status) return base::fail(base::ErrorKind::kProtocol, name + " answers without a status");
  return HttpReply{static_cast<int>(*status), text.substr(end + 4)};
}

}  // namespace

base::Result<HttpReply> http_get(const HttpAddress& address, const std::string& path, std::chrono::milliseconds deadline) {
  const std::string name = to_string(address);
  asio::io_context io;
  tcp::resolver resolver(io);
  asio::error_code error;
  const auto endpoints = resolver.resolve(address.host, std::to_string(address.port), error);
  if (error) return base::fail(base::ErrorKind::kNotFound, name + ": " + error.message());
  tcp::socket socket(io);
  std::string text;
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\n\r\n";
  bool complete = false;
  auto read = [&](const asio::error_code& failed, std::size_t) {
    complete = true;
    if (failed != asio::error::eof) error = failed;
    else error.clear();
  };
  auto written = [&](const asio::error_code& failed, std::size_t) {
    error = failed;
    if (!failed) asio::async_read(socket, asio::dynamic_buffer(text, kReplyLimit), read);
  };
  auto connected = [&](const asio::error_code& failed, const tcp::endpoint&) {
    error = failed;
    if (!failed) asio::async_write(socket, asio::buffer(request), written);
  };
  asio::async_connect(socket, endpoints, connected);
  io.run_for(deadline);
  if (!complete && !error) return base::fail(base::ErrorKind::kTimeout, name + ": no answer within " + base::to_string(deadline));
  if (error) return base::Failure(base::errno_error(error.value(), "ask the agent at " + name));
  return parse_reply(text, name);
}

}  // namespace cmd
