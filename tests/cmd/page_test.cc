// The status page as the site serves it: whole, with a policy, to this host only. What it shows: tests/page.
#include "cmd/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/site.h"

namespace cmd {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

HttpResponse asked_by(const char* peer, const char* host) {
  Site site(std::make_shared<const Heartbeat>(), /*metrics=*/true);
  HttpRequest request;
  request.method = "GET";
  request.path = "/";
  request.host = host;
  request.peer = asio::ip::make_address(peer);
  return std::get<HttpResponse>(site.answer(request));
}

TEST(Page, IsOneDocumentWithItsStyleAndScript) {
  const HttpResponse page = page_response();
  ASSERT_NE(page.body, nullptr);
  EXPECT_THAT(*page.body, StartsWith("<!doctype html>"));
  EXPECT_THAT(*page.body, HasSubstr("</html>"));
  EXPECT_THAT(*page.body, Not(HasSubstr("@STYLE@")));
  EXPECT_THAT(*page.body, Not(HasSubstr("@SCRIPT@")));
  EXPECT_THAT(*page.body, Not(HasSubstr(" src=")));
  EXPECT_EQ(page.body, page_response().body) << "one body for all";
}

TEST(Page, ComesWithAPolicyThatLetsOnlyItsOwnCodeRun) {
  const std::string& headers = page_response().headers;
  EXPECT_THAT(headers, HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(headers, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(headers, Not(HasSubstr("unsafe")));
  EXPECT_THAT(headers, HasSubstr("\r\nReferrer-Policy: no-referrer\r\n"));
  EXPECT_TRUE(headers.ends_with("\r\n"));
  EXPECT_THAT(headers, Not(HasSubstr("\r\n\r\n")));
}

TEST(Page, AnswersThisHostOnly) {
  EXPECT_THAT(asked_by("127.0.0.1", "127.0.0.1:6060").content_type, StartsWith("text/html"));
  EXPECT_THAT(asked_by("::1", "localhost:6060").content_type, StartsWith("text/html"));
  EXPECT_THAT(asked_by("192.0.2.7", "192.0.2.1:6060").content_type, StartsWith("text/plain"));
  EXPECT_THAT(asked_by("127.0.0.1", "rebound.example:6060").content_type, StartsWith("text/plain"));
}

}  // namespace
}  // namespace cmd
