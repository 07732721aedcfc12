// The client over real TLS on loopback: whom it believes, what it says, what it does with tokens that expire.
#include "kube/client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include "tests/fakes/kube/fake_api_server.h"

namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using fakes::FakeApiServer;
using fakes::FakeCluster;
using kube::Answer;
using kube::Client;
using kube::ClientOptions;
using kube::Request;
using kube::Verb;

const Request kGetNode{Verb::kGet, "/api/v1/nodes/worker-1", {}, {}, kube::kJson};

/// A listening socket that nobody accepts from.
class SilentPort {
 public:
  SilentPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, any, sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 4), 0);
    socklen_t length = sizeof address;
    ::getsockname(socket_, any, &length);
    port_ = ntohs(address.sin_port);
  }
  ~SilentPort() { close(); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  int port() const { return port_; }

 private:
  int socket_;
  int port_{0};
};

class KubeClient : public testing::Test {
 protected:
  Answer get(const kube::ClusterAccess& access, ClientOptions options = {}) {
    options.clock = [this] { return now; };
    Client client(access, std::move(options));
    return client.send(kGetNode);
  }
  static void expect_no_token(const Answer& answer) {
    ASSERT_FALSE(answer.body);
    EXPECT_EQ(answer.body.error().message.find("token-"), std::string::npos) << answer.body.error().message;
  }

  FakeCluster cluster{"worker-1"};
  base::TimePoint now{1h};
};

TEST_F(KubeClient, AsksWithTokenAndTypesAndReadsTheAnswer) {
  FakeApiServer server(cluster);
  Client client(server.access());
  const Answer node = client.send(kGetNode);
  ASSERT_TRUE(node.body) << node.body.error().message;
  EXPECT_NE(node.body->find("\"worker-1\""), std::string::npos);
  const Answer patched = client.send({Verb::kPatch, "/api/v1/nodes/worker-1?fieldManager=discovery-client", R"({"metadata":{"labels":{"a":"b"}}})",
                                      kube::kMergePatch, kube::kMetadataOnly});
  ASSERT_TRUE(patched.body) << patched.body.error().message;
  const std::vector<fakes::ApiRequest> seen = cluster.requests();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(to_string(seen[1]), "PATCH /api/v1/nodes/worker-1");
  EXPECT_EQ(seen[1].query.at("fieldManager"), "discovery-client");
  EXPECT_EQ(seen[1].content_type, "application/merge-patch+json");
  EXPECT_EQ(seen[1].accept, kube::kMetadataOnly);
  EXPECT_EQ(seen[1].authorization, "Bearer token-1");
  EXPECT_EQ(cluster.node("worker-1")["metadata"]["labels"]["a"], "b");
}

TEST_F(KubeClient, Ipv6HasBracketsOnlyWhereTheyBelong) {
  FakeApiServer server(cluster, {.address = "::1", .certificate_for = "IP:::1"});
  if (server.port() <= 0) GTEST_SKIP() << "no IPv6 loopback here";
  const Answer answer = get(server.access());
  ASSERT_TRUE(answer.body) << answer.body.error().message;
  EXPECT_EQ(cluster.requests()[0].host, "[::1]:" + std::to_string(server.port()));
}

TEST_F(KubeClient, TheApisWordsComeBackWithTheStatus) {
  FakeApiServer server(cluster);
  cluster.fail("GET", 403, 1);
  Answer answer = get(server.access());
  ASSERT_NO_FATAL_FAILURE(expect_no_token(answer));
  EXPECT_EQ(answer.body.error().code, 403);
  EXPECT_EQ(answer.body.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(answer.body.error().message, "GET /api/v1/nodes/worker-1: HTTP 403: GET /api/v1/nodes/worker-1 fails as the test wants it");
  cluster.fail("GET", 429, 1, 17);
  answer = get(server.access());
  EXPECT_EQ(answer.body.error().code, 429);
  EXPECT_EQ(answer.retry_after, 17s);
  cluster.fail("GET", 503, 1, 1'000'000);
  EXPECT_EQ(get(server.access()).retry_after, 10min) << "nobody keeps us quiet for long";
}

TEST_F(KubeClient, AnotherCaIsRefusedAndTheTokenNeverSent) {
  FakeApiServer server(cluster);
  server.account().write("ca.crt", fakes::unrelated_ca());
  const Answer answer = get(server.access());
  ASSERT_NO_FATAL_FAILURE(expect_no_token(answer));
  EXPECT_EQ(answer.body.error().kind, ErrorKind::kProtocol);
  EXPECT_NE(answer.body.error().message.find("its certificate is not signed by the CA in"), std::string::npos) << answer.body.error().message;
  EXPECT_EQ(cluster.requests().size(), 0u);
}

TEST_F(KubeClient, ACertificateForAnotherAddressIsRefused) {
  FakeApiServer server(cluster, {.certificate_for = "IP:192.0.2.1,DNS:kubernetes.default"});
  const Answer answer = get(server.access());
  ASSERT_NO_FATAL_FAILURE(expect_no_token(answer));
  EXPECT_EQ(answer.body.error().kind, ErrorKind::kProtocol);
  EXPECT_EQ(cluster.requests().size(), 0u);
}

TEST_F(KubeClient, ACaThatIsMissingOrNoCaIsNamed) {
  FakeApiServer server(cluster);
  kube::ClusterAccess access = server.access();
  access.ca_file = server.account().write("not-a-ca", "hello");
  EXPECT_NE(get(access).body.error().message.find("holds no CA certificate"), std::string::npos);
  access.ca_file = "/nonexistent/ca.crt";
  const Answer missing = get(access);
  EXPECT_NE(missing.body.error().message.find("/nonexistent/ca.crt"), std::string::npos);
  EXPECT_EQ(missing.body.error().code, 0) << "no HTTP status, not an errno";
  access.token_file = "/nonexistent/token";
  EXPECT_EQ(get(access).body.error().code, 0);
}

TEST_F(KubeClient, NobodyListening) {
  FakeApiServer server(cluster);
  kube::ClusterAccess access = server.access();
  SilentPort closed;
  access.port = closed.port();
  closed.close();
  const Answer answer = get(access);
  ASSERT_NO_FATAL_FAILURE(expect_no_token(answer));
  EXPECT_EQ(answer.body.error().kind, ErrorKind::kRefused);
  EXPECT_EQ(answer.body.error().code, 0);
}

TEST_F(KubeClient, SomebodyWhoNeverAnswersCostsTheTimeOut) {
  FakeApiServer server(cluster);
  kube::ClusterAccess access = server.access();
  const SilentPort silent;
  access.port = silent.port();
  const auto begin = std::chrono::steady_clock::now();
  const Answer answer = get(access, {.connect_timeout = 200ms, .read_timeout = 200ms});
  ASSERT_NO_FATAL_FAILURE(expect_no_token(answer));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(KubeClient, AnEndlessAnswerIsCutOff) {
  FakeApiServer server(cluster);
  cluster.edit("worker-1", [](nlohmann::json& node) { node["metadata"]["annotations"]["x"] = std::string(1U << 20U, 'x'); });
  const Answer answer = get(server.access(), {.answer_limit = 64U << 10U});
  ASSERT_NO_FATAL_FAILURE(expect_no_token(answer));
  EXPECT_EQ(answer.body.error().kind, ErrorKind::kProtocol);
  EXPECT_EQ(answer.body.error().message, "GET /api/v1/nodes/worker-1: an answer of more than 65536 bytes");
}

TEST_F(KubeClient, AnExpiredTokenIsReadAgainAtOnce) {
  FakeApiServer server(cluster);
  ClientOptions options;
  options.clock = [this] { return now; };
  Client client(server.access(), options);
  ASSERT_TRUE(client.send(kGetNode).body);
  server.account().write("token", "token-2");
  server.accept_token("token-2");
  ASSERT_TRUE(client.send(kGetNode).body) << "401, the file has another one, asked again";
  EXPECT_EQ(cluster.requests().back().authorization, "Bearer token-2");
  server.accept_token("token-3");
  const Answer expired = client.send(kGetNode);
  ASSERT_NO_FATAL_FAILURE(expect_no_token(expired));
  EXPECT_EQ(expired.body.error().code, 401);
}

TEST_F(KubeClient, ATokenThatCouldBreakAHeaderIsRefused) {
  FakeApiServer server(cluster);
  for (const char* text : {"", "\n", "a b", "a\r\nX-Evil: 1"}) {
    server.account().write("token", text);
    const Answer answer = get(server.access());
    ASSERT_FALSE(answer.body);
    EXPECT_EQ(answer.body.error().kind, ErrorKind::kInvalid) << text;
    EXPECT_EQ(answer.body.error().message.find("Evil"), std::string::npos);
  }
}

}  // namespace
