// A small HTTP/1.1 server for probes, metrics and status: GET and HEAD only, one request a connection. One thread for
// all sockets and one for long answers, so that neither silent clients nor a large page keep a probe waiting.
// Refuses bodies, keep-alive and more clients than its limits say. (cpp-httplib 0.11 spends a thread on each silent
// client and takes in connections without a limit: it can't hold that promise.)
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "base/error.h"
#include "cmd/http_address.h"

namespace cmd {

struct HttpRequest {
  std::string method{};  ///< "GET" or "HEAD"
  std::string path{};    ///< "/status", without the query
  std::string query{};   ///< behind '?', undecoded
  std::string host{};    ///< the Host header
  asio::ip::address peer{};
};

struct HttpResponse {
  int status{200};
  std::string content_type{"text/plain; charset=utf-8"};
  std::shared_ptr<const std::string> body{};  ///< shared: one rendering serves many clients
  std::string headers{};                      ///< more header lines, each with its CRLF
  std::function<HttpResponse()> finish{};     ///< set: the answer is what this gives on the first thread, `later` from now
  std::chrono::seconds later{0};
};
HttpResponse text_response(int status, std::string text);

/// Work for the second thread: may take longer, must not wait for anything.
using HttpRender = std::function<HttpResponse()>;
/// Called on the first thread; must return at once.
using HttpAnswer = std::function<std::variant<HttpResponse, HttpRender>(const HttpRequest&)>;

struct HttpLimits {
  std::size_t connections{64};                     ///< probes, a scraper or two, people; the oldest makes room, silent ones first
  std::size_t header_bytes{8192};
  std::chrono::milliseconds header_deadline{3000}; ///< from accept to the end of the header; a kubelet's probe waits 1 s
  std::chrono::milliseconds write_deadline{5000};  ///< for the whole answer; scrapers give up after 10 s
};

class HttpServer {
 public:
  /// Listens when it returns; kBusy when the port is in use, naming the address.
  static base::Result<std::unique_ptr<HttpServer>> open(const HttpAddress& address, HttpLimits limits, HttpAnswer answer);
  ~HttpServer();  ///< closes every connection and joins both threads
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  /// Runs `work` on the first thread, where `answer` runs too: how news gets in.
  void post(std::function<void()> work);

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The request line and headers up to the empty line; kInvalid for what is no HTTP/1.x request.
base::Result<HttpRequest> parse_http_request(std::string_view header);

}  // namespace cmd
