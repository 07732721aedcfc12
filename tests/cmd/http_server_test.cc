// The HTTP server over loopback: what it answers, what it refuses, and that clients who say nothing cost nobody.
#include "cmd/http_server.h"

#include <gtest/gtest.h>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <future>
#include <vector>

#include "cmd/http_client.h"

namespace cmd {
namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

std::variant<HttpResponse, HttpRender> echo(const HttpRequest& request) {
  if (request.path == "/long") {
    return HttpRender([] {
      HttpResponse response;
      response.body = std::make_shared<const std::string>(8'000'000, 'x');
      return response;
    });
  }
  return text_response(200, request.method + " " + request.path + "|" + request.query + "|" + request.host + "|" + request.peer.to_string());
}

std::unique_ptr<HttpServer> serve(HttpLimits limits = {}, const char* host = "127.0.0.1") {
  auto server = HttpServer::open({host, 0}, limits, echo);
  if (!server) ADD_FAILURE() << server.error().message;
  return std::move(*server);
}

tcp::socket connect_to(asio::io_context& io, const HttpServer& server) {
  tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), server.port()});
  return socket;
}

std::string read_all(tcp::socket& socket) {
  std::string text;
  asio::error_code error;
  asio::read(socket, asio::dynamic_buffer(text), error);
  return text;
}

std::string reply_to(const HttpServer& server, const std::string& request) {
  asio::io_context io;
  tcp::socket socket = connect_to(io, server);
  asio::write(socket, asio::buffer(request));
  return read_all(socket);
}

TEST(HttpServer, AnswersAndCloses) {
  const auto server = serve();
  const std::string reply = reply_to(*server, "GET /a/b?c=d HTTP/1.1\r\nHost: x:1\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
  EXPECT_NE(reply.find("\r\nContent-Length: 26\r\n"), std::string::npos) << reply;
  EXPECT_NE(reply.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(reply.ends_with("\r\n\r\nGET /a/b|c=d|x:1|127.0.0.1")) << reply;
}

TEST(HttpServer, HeadHasNoBody) {
  const auto server = serve();
  const std::string reply = reply_to(*server, "HEAD /x HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(reply.ends_with("\r\n\r\n"));
  EXPECT_NE(reply.find("Content-Length: 19"), std::string::npos) << reply;
}

TEST(HttpServer, RefusesWhatItDoesNotServe) {
  const auto server = serve();
  EXPECT_TRUE(reply_to(*server, "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc").starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(reply_to(*server, "GET x HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
  // Found by fuzzing: a lone CR, ESC and bytes that are not ASCII were taken for a path or a host.
  EXPECT_TRUE(reply_to(*server, "GET /l\r*x HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(reply_to(*server, "GET /\x1b[2J HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(reply_to(*server, "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(reply_to(*server, "GET / HTTP/2\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(reply_to(*server, std::string("\0\xff\xfe\r\n\r\n", 7)).starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(reply_to(*server, "GET / HTTP/1.1\r\n" + std::string(10'000, 'a')).starts_with("HTTP/1.1 431 "));
}

TEST(HttpServer, NoMethodChangesAnything) {
  const auto server = serve();
  for (const std::string method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"}) {
    for (const std::string path : {"/", "/status", "/livez", "/debug/pprof/profile"}) {
      const std::string reply = reply_to(*server, method + " " + path + " HTTP/1.1\r\n\r\n");
      EXPECT_TRUE(reply.starts_with("HTTP/1.1 405 ")) << method << " " << path << ": " << reply;
      EXPECT_NE(reply.find("\r\nAllow: GET, HEAD\r\n"), std::string::npos) << reply;
    }
  }
}

TEST(HttpServer, AProbeNeverWaitsForARendering) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  const HttpAnswer stuck = [released](const HttpRequest& request) -> std::variant<HttpResponse, HttpRender> {
    if (request.path != "/status") return text_response(200, "ok\n");
    return HttpRender([released] {
      released.wait();
      return text_response(200, "at last\n");
    });
  };
  auto server = HttpServer::open({"127.0.0.1", 0}, {.write_deadline = 10min}, stuck);
  ASSERT_TRUE(server) << server.error().message;
  asio::io_context io;
  std::vector<tcp::socket> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.push_back(connect_to(io, **server));
    asio::write(waiting.back(), asio::buffer(std::string("GET /status HTTP/1.1\r\n\r\n")));
  }
  for (int i = 0; i < 20; ++i) {
    const auto reply = http_get({"127.0.0.1", (*server)->port()}, "/livez", 20s);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->body, "ok\n");
  }
  release.set_value();
  EXPECT_TRUE(read_all(waiting[0]).ends_with("at last\n"));
}

TEST(HttpServer, LongAnswersArriveWhole) {
  const auto server = serve();
  const auto reply = http_get({"127.0.0.1", server->port()}, "/long", 20s);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body.size(), 8'000'000u);
}

TEST(HttpServer, SilentClientsDoNotKeepAProbeWaiting) {
  // The deadline for headers is far away: only making room can help.
  HttpLimits limits;
  limits.connections = 16;
  limits.header_deadline = 10min;
  const auto server = serve(limits);
  asio::io_context io;
  std::vector<tcp::socket> silent;
  for (int i = 0; i < 200; ++i) silent.push_back(connect_to(io, *server));
  for (std::size_t i = 0; i < silent.size(); i += 3) {
    asio::error_code gone;
    asio::write(silent[i], asio::buffer("GET /sl", 7), gone);
  }
  for (int i = 0; i < 20; ++i) {
    const auto reply = http_get({"127.0.0.1", server->port()}, "/livez", 10s);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->status, 200);
  }
}

TEST(HttpServer, OverTheCapTheOldestMakesRoomAndTheOthersStay) {
  HttpLimits limits;
  limits.connections = 2;
  limits.header_deadline = 10min;
  const auto server = serve(limits);
  asio::io_context io;
  tcp::socket oldest = connect_to(io, *server);
  std::vector<tcp::socket> others;
  for (int i = 0; i < 2; ++i) others.push_back(connect_to(io, *server));
  std::string text;
  asio::error_code how;
  asio::async_read(oldest, asio::dynamic_buffer(text), [&how](const asio::error_code& error, std::size_t) { how = error; });
  io.run_for(20s);  // ends as soon as it is closed
  ASSERT_EQ(how, asio::error::eof) << "three clients where two may be";
  for (tcp::socket& other : others) {
    asio::write(other, asio::buffer(std::string("GET /livez HTTP/1.1\r\n\r\n")));
    EXPECT_TRUE(read_all(other).starts_with("HTTP/1.1 200"));
  }
}

TEST(HttpServer, ClientsThatDoNotReadLoseTheirPlace) {
  HttpLimits limits;
  limits.connections = 2;
  limits.write_deadline = 10min;  // far away: only making room can help
  const auto server = serve(limits);
  asio::io_context io;
  std::vector<tcp::socket> lazy;
  for (int i = 0; i < 2; ++i) {
    lazy.push_back(connect_to(io, *server));
    lazy.back().set_option(tcp::socket::receive_buffer_size(4096));
    asio::write(lazy.back(), asio::buffer(std::string("GET /long HTTP/1.1\r\n\r\n")));
  }
  for (int i = 0; i < 10; ++i) {
    const auto reply = http_get({"127.0.0.1", server->port()}, "/livez", 20s);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->status, 200);
  }
}

TEST(HttpServer, AHeaderThatNeverEndsIsCutOff) {
  HttpLimits limits;
  limits.header_deadline = 50ms;
  const auto server = serve(limits);
  asio::io_context io;
  tcp::socket socket = connect_to(io, *server);
  asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\nX: y")));
  EXPECT_EQ(read_all(socket), "");
}

TEST(HttpServer, APortInUseIsNamed) {
  const auto server = serve();
  const auto second = HttpServer::open({"127.0.0.1", server->port()}, {}, echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, base::ErrorKind::kBusy);
  EXPECT_NE(second.error().message.find("127.0.0.1:" + std::to_string(server->port())), std::string::npos) << second.error().message;
}

TEST(HttpServer, AllAddressesMeansBothFamilies) {
  const auto server = serve({}, "");
  EXPECT_TRUE(http_get({"127.0.0.1", server->port()}, "/", 5s));
  if (const auto reply = http_get({"::1", server->port()}, "/", 5s); !reply) {
    EXPECT_NE(reply.error().kind, base::ErrorKind::kRefused) << "IPv6 is there, and nobody listens";
  }
}

TEST(HttpServer, EndsWithClientsConnected) {
  asio::io_context io;
  std::vector<tcp::socket> clients;
  {
    const auto server = serve();
    for (int i = 0; i < 8; ++i) clients.push_back(connect_to(io, *server));
    asio::write(clients[0], asio::buffer(std::string("GET /long HTTP/1.1\r\n\r\n")));
  }
  EXPECT_EQ(read_all(clients[1]), "");
}

}  // namespace
}  // namespace cmd
