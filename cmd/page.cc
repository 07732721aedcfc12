// Put together once, from pieces that cmd/page/embed.cmake made.
#include "cmd/page.h"

#include "cmd/page_text.h"

namespace cmd {
namespace {

std::shared_ptr<const std::string> document() {
  auto text = std::make_shared<std::string>();
  std::size_t size = 0;
  for (const std::string_view piece : kPagePieces) size += piece.size();
  text->reserve(size);
  for (const std::string_view piece : kPagePieces) *text += piece;
  return text;
}

/// Nothing but its own style and script by their hashes, and requests to where it came from; the page sets text and
/// attributes only, so the browser may refuse every other way to make elements (trusted types).
std::string policy() {
  std::string text = "default-src 'none'; script-src '" + std::string(kPageScriptHash) + "'; style-src '" + std::string(kPageStyleHash) + "'; ";
  text += "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; ";
  return text + "require-trusted-types-for 'script'; trusted-types 'none'";
}

}  // namespace

HttpResponse page_response() {
  static const std::shared_ptr<const std::string> kBody = document();
  static const std::string kHeaders = "Content-Security-Policy: " + policy() + "\r\nReferrer-Policy: no-referrer\r\n" +
                                      "X-Frame-Options: DENY\r\nCross-Origin-Opener-Policy: same-origin\r\n" +
                                      "Cross-Origin-Resource-Policy: same-origin\r\n";
  HttpResponse response;
  response.content_type = "text/html; charset=utf-8";
  response.body = kBody;
  response.headers = kHeaders;
  return response;
}

}  // namespace cmd
