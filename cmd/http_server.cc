// Connections as coroutines on one thread. Each has a deadline for its header and one for its answer; when all places
// are taken, the oldest client that has not asked for anything yet loses its place, or else the oldest of all.
#include "cmd/http_server.h"

#include <asio/experimental/as_tuple.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/post.hpp>
#include <asio/read_until.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <algorithm>
#include <array>
#include <list>
#include <thread>
#include <vector>

#include "base/text.h"
#include "cmd/signals.h"

namespace cmd {
namespace {

using asio::ip::tcp;
constexpr auto kTuple = asio::experimental::as_tuple(asio::use_awaitable);
constexpr auto kLinger = std::chrono::seconds(1);       // for bytes that nobody asked for, so that no RST eats the answer
constexpr auto kAcceptPause = std::chrono::milliseconds(100);  // out of descriptors: somebody must close one first

struct Connection {
  explicit Connection(tcp::socket s) : socket(std::move(s)), deadline(socket.get_executor()) {}
  tcp::socket socket;
  asio::steady_timer deadline;
  std::string input{};
  bool asked{false};

  void close() {
    asio::error_code ignored;
    socket.close(ignored);
    deadline.cancel();
  }
};
using ConnectionPtr = std::shared_ptr<Connection>;

void close_after(const ConnectionPtr& connection, std::chrono::steady_clock::duration limit) {
  connection->deadline.expires_after(limit);
  connection->deadline.async_wait([weak = std::weak_ptr(connection)](const asio::error_code& error) {
    const ConnectionPtr still_there = weak.lock();
    if (!error && still_there) still_there->close();
  });
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    default: return "Status";
  }
}

std::string head_of(const HttpResponse& response) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason_phrase(response.status)) + "\r\n";
  head += "Content-Type: " + response.content_type + "\r\n";
  head += "Content-Length: " + std::to_string(response.body ? response.body->size() : 0) + "\r\n";
  if (response.status == 405) head += "Allow: GET, HEAD\r\n";
  head += response.headers;
  head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
  return head;
}

base::Result<tcp::acceptor> listen(asio::io_context& io, const HttpAddress& address) {
  const std::string name = to_string(address);
  asio::error_code error;
  std::vector<tcp::endpoint> candidates;
  if (address.host.empty()) {
    candidates = {{tcp::v6(), address.port}, {tcp::v4(), address.port}};
  } else if (const asio::ip::address literal = asio::ip::make_address(address.host, error); !error) {
    candidates = {{literal, address.port}};
  } else {
    tcp::resolver resolver(io);
    for (const auto& found : resolver.resolve(address.host, std::to_string(address.port), error)) candidates.push_back(found.endpoint());
    if (error) return base::fail(base::ErrorKind::kNotFound, "HTTP endpoint " + name + ": " + error.message());
  }
  for (const tcp::endpoint& endpoint : candidates) {
    tcp::acceptor acceptor(io);
    acceptor.open(endpoint.protocol(), error);
    if (error) continue;  // no IPv6 on this host: the next candidate
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), error);
    acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) return acceptor;
    if (error == asio::error::address_in_use) break;
  }
  if (error == asio::error::address_in_use) {
    return base::fail(base::ErrorKind::kBusy, "HTTP endpoint " + name + " is in use; set debug.endpoint to another one, or to \"\" for none");
  }
  return base::Failure(base::errno_error(error.value(), "listen on HTTP endpoint " + name));
}

}  // namespace

HttpResponse text_response(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

struct HttpServer::State {
  State(HttpLimits l, HttpAnswer a) : limits(l), answer(std::move(a)) {}

  HttpLimits limits;
  HttpAnswer answer;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{asio::make_work_guard(io)};
  tcp::acceptor acceptor{io};
  std::uint16_t port{0};
  std::list<ConnectionPtr> connections{};  // oldest first; first thread only
  asio::thread_pool renderer{1};
  std::thread thread{};

  asio::awaitable<void> accept_all();
  asio::awaitable<void> serve(ConnectionPtr connection);
  asio::awaitable<HttpResponse> respond(const ConnectionPtr& connection);
  asio::awaitable<HttpResponse> rendered(HttpRender render);
  void make_room();
  void forget(const ConnectionPtr& connection) { connections.remove(connection); }
};

/// A newcomer may be a probe. Who has asked for nothing goes first; then who has been here longest: it does not read its answer.
void HttpServer::State::make_room() {
  if (connections.size() < limits.connections) return;
  const auto silent = std::ranges::find(connections, false, [](const ConnectionPtr& c) { return c->asked; });
  const ConnectionPtr victim = silent != connections.end() ? *silent : connections.front();
  victim->close();
  forget(victim);
}

asio::awaitable<void> HttpServer::State::accept_all() {
  asio::steady_timer pause(io);
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(kTuple);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      pause.expires_after(kAcceptPause);
      auto [pause_error] = co_await pause.async_wait(kTuple);
      if (pause_error) co_return;
      continue;
    }
    make_room();
    auto connection = std::make_shared<Connection>(std::move(socket));
    connections.push_back(connection);
    asio::co_spawn(io, serve(std::move(connection)), asio::detached);
  }
}

asio::awaitable<HttpResponse> HttpServer::State::rendered(HttpRender render) {
  auto response = std::make_shared<HttpResponse>();
  asio::steady_timer ready(io, std::chrono::steady_clock::time_point::max());
  // The timer outlives the work: this coroutine waits for it, and the destructor joins the renderer first.
  asio::post(renderer, [this, &ready, response, render = std::move(render)] {
    *response = render();
    asio::post(io, [&ready, response] { ready.cancel(); });
  });
  [[maybe_unused]] auto [cancelled] = co_await ready.async_wait(kTuple);
  co_return std::move(*response);
}

asio::awaitable<HttpResponse> HttpServer::State::respond(const ConnectionPtr& connection) {
  const base::Result<HttpRequest> parsed = parse_http_request(connection->input);
  if (!parsed) co_return text_response(400, parsed.error().message + "\n");
  HttpRequest request = *parsed;
  if (request.method != "GET" && request.method != "HEAD") co_return text_response(405, "only GET and HEAD; nothing here changes anything\n");
  asio::error_code error;
  request.peer = connection->socket.remote_endpoint(error).address();
  if (error) co_return text_response(400, "the peer is gone\n");
  std::variant<HttpResponse, HttpRender> answered = answer(request);
  if (answered.index() == 1) {
    HttpRender render = std::move(std::get<1>(answered));
    HttpResponse response = co_await rendered(std::move(render));
    answered = std::move(response);
  }
  HttpResponse out = std::move(std::get<0>(answered));
  if (out.finish) {
    close_after(connection, out.later + limits.write_deadline);
    asio::steady_timer pause(io, out.later);
    [[maybe_unused]] auto [cancelled] = co_await pause.async_wait(kTuple);
    const std::function<HttpResponse()> finish = std::move(out.finish);
    out = finish();
    close_after(connection, limits.write_deadline);
  }
  co_return out;
}

asio::awaitable<void> HttpServer::State::serve(ConnectionPtr connection) {
  close_after(connection, limits.header_deadline);
  auto buffer = asio::dynamic_buffer(connection->input, limits.header_bytes);
  auto [read_error, length] = co_await asio::async_read_until(connection->socket, buffer, "\r\n\r\n", kTuple);
  if (read_error && read_error != asio::error::not_found) {
    connection->close();
    forget(connection);
    co_return;
  }
  connection->asked = true;
  close_after(connection, limits.write_deadline);
  HttpResponse response;
  const bool head_only = connection->input.starts_with("HEAD ");
  if (read_error) {
    response = text_response(431, "the request header is too long\n");
  } else {
    connection->input.resize(length);
    response = co_await respond(connection);
  }
  const std::string head = head_of(response);
  const std::string nothing;
  const std::array<asio::const_buffer, 2> out{asio::buffer(head),
                                              asio::buffer(response.body && !head_only ? *response.body : nothing)};
  auto [write_error, written] = co_await asio::async_write(connection->socket, out, kTuple);
  if (!write_error) {
    asio::error_code ignored;
    connection->socket.shutdown(tcp::socket::shutdown_send, ignored);
    close_after(connection, kLinger);
    std::array<char, 4096> rest{};
    for (std::size_t drained = 0; drained < 65536;) {
      auto [error, n] = co_await connection->socket.async_read_some(asio::buffer(rest), kTuple);
      if (error) break;
      drained += n;
    }
  }
  connection->close();
  forget(connection);
}

base::Result<std::unique_ptr<HttpServer>> HttpServer::open(const HttpAddress& address, HttpLimits limits, HttpAnswer answer) {
  const SignalsBlocked for_the_threads;
  auto state = std::make_unique<State>(limits, std::move(answer));
  base::Result<tcp::acceptor> acceptor = listen(state->io, address);
  if (!acceptor) return base::Failure(acceptor.error());
  state->acceptor = std::move(*acceptor);
  asio::error_code ignored;
  state->port = state->acceptor.local_endpoint(ignored).port();
  asio::co_spawn(state->io, state->accept_all(), asio::detached);
  state->thread = std::thread([io = &state->io] { io->run(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

HttpServer::~HttpServer() {
  state_->renderer.stop();
  state_->renderer.join();
  state_->io.stop();
  state_->thread.join();
}

std::uint16_t HttpServer::port() const { return state_->port; }

void HttpServer::post(std::function<void()> work) { asio::post(state_->io, std::move(work)); }

}  // namespace cmd
