// The only file of the agent that includes httplib.
#include "kube/client.h"

#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"

namespace kube {
namespace {

using base::ErrorKind;

base::Error no_answer(const httplib::SSLClient& client, httplib::Error error, const ClusterAccess& access) {
  const std::string server = "API server " + to_string(access);
  switch (error) {
    case httplib::Error::Connection:
      return {ErrorKind::kRefused, server + " can't be reached: connection refused, no route, or the name does not resolve"};
    case httplib::Error::ConnectionTimeout: return {ErrorKind::kTimeout, server + ": no connection within the time limit"};
    case httplib::Error::SSLLoadingCerts: return {ErrorKind::kInvalid, access.ca_file + " holds no CA certificate"};
    case httplib::Error::SSLServerVerification: {
      const long why = client.get_openssl_verify_result();
      const std::string words = why == X509_V_OK ? "it is not for this address" : X509_verify_cert_error_string(why);
      return {ErrorKind::kProtocol, server + ": its certificate is not signed by the CA in " + access.ca_file + ", or " +
                                        "something else is wrong with it: " + words};
    }
    case httplib::Error::SSLConnection: return {ErrorKind::kProtocol, server + ": no TLS handshake (is this a TLS port?)"};
    case httplib::Error::Read: return {ErrorKind::kTimeout, server + ": no answer within the time limit, or it closed the connection"};
    case httplib::Error::Write: return {ErrorKind::kClosed, server + ": the connection broke while the request was written"};
    case httplib::Error::Canceled: return {ErrorKind::kCancelled, server + ": cancelled"};
    default: return {ErrorKind::kIo, server + ": " + httplib::to_string(error)};
  }
}

/// `code` is an HTTP status here; these failures have none.
base::Failure our_own(base::Error error) {
  error.code = 0;
  return base::Failure(std::move(error));
}

/// Seconds only: API servers send no dates. Capped: nobody keeps us quiet for a day.
base::Duration retry_after(const httplib::Response& response) {
  constexpr std::int64_t kLongest = 600;
  const std::string text = response.get_header_value("Retry-After");
  const auto seconds = base::parse_int(base::trim(text), 0, 1'000'000'000);
  return std::chrono::seconds(seconds ? std::min(*seconds, kLongest) : 0);
}

}  // namespace

Client::Client(ClusterAccess access, ClientOptions options)
    : access_(std::move(access)), options_(std::move(options)), token_(access_.token_file) {}

Answer Client::send(const Request& request) {
  const base::Result<base::Secret> token = token_.token(options_.clock());
  if (!token) return {our_own(token.error()), {}};
  Answer answer = ask(request, *token);
  if (answer.body || answer.body.error().code != 401 || !token_.refused(options_.clock())) return answer;
  const base::Result<base::Secret> newer = token_.token(options_.clock());
  return newer ? ask(request, *newer) : Answer{our_own(newer.error()), {}};
}

Answer Client::ask(const Request& request, const base::Secret& token) const {
  if (::access(access_.ca_file.c_str(), R_OK) != 0) {
    return {our_own(base::errno_error(errno, "read the cluster's CA " + access_.ca_file)), {}};
  }
  httplib::SSLClient client(access_.host, access_.port);
  client.set_ca_cert_path(access_.ca_file);
  client.enable_server_certificate_verification(true);
  SSL_CTX_set_min_proto_version(client.ssl_context(), TLS1_2_VERSION);
  client.set_connection_timeout(options_.connect_timeout);
  client.set_read_timeout(options_.read_timeout);
  client.set_write_timeout(options_.read_timeout);
  client.set_follow_location(false);
  client.set_keep_alive(false);
  client.set_url_encode(false);

  httplib::Request out;
  out.method = std::string(to_string(request.verb));
  out.path = request.path;
  out.headers = {{"Host", to_string(access_)},
                 {"User-Agent", options_.user_agent},
                 {"Accept", std::string(request.accept)},
                 {"Authorization", "Bearer " + std::string(token.reveal())}};
  if (request.verb != Verb::kGet) {
    out.headers.emplace("Content-Type", std::string(request.content_type));
    out.body = request.body;
  }
  std::string body;
  bool too_long = false;
  bool too_late = false;
  const auto end = std::chrono::steady_clock::now() + options_.deadline;
  out.content_receiver = [&](const char* data, std::size_t length, std::uint64_t, std::uint64_t) {
    too_long = body.size() + length > options_.answer_limit;
    too_late = std::chrono::steady_clock::now() > end;
    if (too_long || too_late) return false;
    body.append(data, length);
    return true;
  };
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  const bool answered = client.send(out, response, error);
  const std::string what = to_string(request);
  if (too_long) {
    return {base::fail(ErrorKind::kProtocol, what + ": an answer of more than " + std::to_string(options_.answer_limit) + " bytes"), {}};
  }
  if (too_late) {
    return {base::fail(ErrorKind::kTimeout, what + ": no complete answer within " + base::to_string(base::Duration(options_.deadline))), {}};
  }
  if (!answered) return {base::Failure(no_answer(client, error, access_).with_context(what)), {}};
  if (response.status < 200 || response.status >= 300) {
    return {base::Failure(api_error(request, response.status, body)), retry_after(response)};
  }
  return {std::move(body), {}};
}

}  // namespace kube
