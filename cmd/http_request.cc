// The few bytes of HTTP that a probe sends, taken apart without trust.
#include <algorithm>

#include "base/text.h"
#include "cmd/http_server.h"

namespace cmd {
namespace {

base::Failure bad(std::string what) { return base::fail(base::ErrorKind::kInvalid, std::move(what)); }

/// RFC 3986 has no others in a URL; a lone CR or an ESC would reach logs and terminals.
bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
}

}  // namespace

base::Result<HttpRequest> parse_http_request(std::string_view header) {
  HttpRequest request;
  std::size_t end = header.find("\r\n");
  if (end == std::string_view::npos) return bad("no request line");
  const std::string_view line = header.substr(0, end);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return bad("the request line has no three words");
  if (!line.substr(last + 1).starts_with("HTTP/1.")) return bad("not HTTP/1.x");
  request.method = line.substr(0, first);
  if (!is_token(request.method)) return bad("no method");
  std::string_view target = line.substr(first + 1, last - first - 1);
  if (target.starts_with("http://")) {
    const std::size_t slash = target.find('/', 7);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (!target.starts_with('/')) return bad("the target is no path");
  if (!is_visible(target)) return bad("the target holds a byte that no URL has");
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  for (std::size_t at = end + 2; at < header.size(); at = end + 2) {
    end = header.find("\r\n", at);
    if (end == std::string_view::npos) end = header.size();
    const std::string_view field = header.substr(at, end - at);
    if (field.empty()) break;
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos || !is_token(field.substr(0, colon))) return bad("a header line without a name");
    if (base::to_lower(field.substr(0, colon)) != "host") continue;
    request.host = base::trim(field.substr(colon + 1));
    if (!is_visible(request.host)) return bad("the Host header holds a byte that no host name has");
  }
  return request;
}

}  // namespace cmd
