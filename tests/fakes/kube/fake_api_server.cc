// OpenSSL makes the keys and certificates; httplib serves. Keep-alive is off: Server::stop() waits for idle clients.
#include "tests/fakes/kube/fake_api_server.h"

#include <httplib.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace fakes {

namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;

struct Identity {
  KeyPtr key{nullptr, &EVP_PKEY_free};
  CertificatePtr certificate{nullptr, &X509_free};
};

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), &X509_EXTENSION_free);
  X509_add_ext(certificate, extension.get(), -1);
}

/// Signed by `issuer`, or by itself where that is null.
Identity make_identity(const std::string& name, const Identity* issuer, const std::string& alt_name) {
  static std::atomic<long> serial{1};
  Identity out{KeyPtr(EVP_EC_gen("P-256"), &EVP_PKEY_free), CertificatePtr(X509_new(), &X509_free)};
  X509* certificate = out.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24L * 3600);
  X509_set_pubkey(certificate, out.key.get());
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* signer = issuer != nullptr ? issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  if (issuer == nullptr) {
    add_extension(certificate, signer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    add_extension(certificate, signer, NID_subject_alt_name, alt_name);
  }
  X509_sign(certificate, issuer != nullptr ? issuer->key.get() : out.key.get(), EVP_sha256());
  return out;
}

std::string pem_of(X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(memory.get(), certificate);
  char* data = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

ApiRequest received(const httplib::Request& request) {
  ApiRequest out;
  out.method = request.method;
  out.path = request.path;
  for (const auto& [key, value] : request.params) out.query.emplace(key, value);
  out.content_type = request.get_header_value("Content-Type");
  out.accept = request.get_header_value("Accept");
  out.authorization = request.get_header_value("Authorization");
  out.host = request.get_header_value("Host");
  out.body = request.body;
  return out;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = std::filesystem::temp_directory_path() / "dc-kube-XXXXXX";
  path_ = ::mkdtemp(name.data());
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
  const std::string file = path_ + "/" + name;
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  return file;
}

std::string unrelated_ca() { return pem_of(make_identity("someone else's CA", nullptr, {}).certificate.get()); }

struct FakeApiServer::State {
  State(FakeCluster& served, const Identity& ca, FakeApiServerOptions given)
      : cluster(served),
        options(std::move(given)),
        identity(make_identity("kube-apiserver", &ca, options.certificate_for)),
        server(identity.certificate.get(), identity.key.get()) {}

  void answer(const httplib::Request& request, httplib::Response& response) {
    ApiRequest in = received(request);
    std::string taken;
    {
      const std::lock_guard lock(mutex);
      taken = options.token;
    }
    ApiReply reply;
    if (in.authorization == "Bearer " + taken) reply = cluster.serve(in);
    else reply = {401, R"({"kind":"Status","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401})", 0};
    response.status = reply.status;
    if (reply.retry_after > 0) response.set_header("Retry-After", std::to_string(reply.retry_after));
    response.set_content(reply.body, "application/json");
  }

  FakeCluster& cluster;
  std::mutex mutex{};
  FakeApiServerOptions options;
  Identity identity;
  httplib::SSLServer server;
  TemporaryFolder account{};
  int port{0};
  std::thread thread{};
};

FakeApiServer::FakeApiServer(FakeCluster& cluster, FakeApiServerOptions options) {
  const Identity ca = make_identity("test CA", nullptr, {});
  state_ = std::make_unique<State>(cluster, ca, std::move(options));
  State& s = *state_;
  s.account.write("ca.crt", pem_of(ca.certificate.get()));
  s.account.write("token", s.options.token + "\n");
  s.account.write("namespace", "storage");
  s.server.set_keep_alive_max_count(1);
  s.server.set_keep_alive_timeout(1);
  s.server.new_task_queue = [] { return new httplib::ThreadPool(2); };
  auto answer = [&s](const httplib::Request& request, httplib::Response& response) { s.answer(request, response); };
  s.server.Get(".*", answer);
  s.server.Post(".*", answer);
  s.server.Patch(".*", answer);
  s.port = s.server.bind_to_any_port(s.options.address);
  if (s.port <= 0) return;
  s.thread = std::thread([&s] { s.server.listen_after_bind(); });
  while (!s.server.is_running()) std::this_thread::yield();
}

FakeApiServer::~FakeApiServer() {
  if (!state_->thread.joinable()) return;
  state_->server.stop();
  state_->thread.join();
}

kube::ClusterAccess FakeApiServer::access() const {
  const std::string& dir = state_->account.path();
  return {state_->options.address, state_->port, dir + "/ca.crt", dir + "/token", "storage"};
}

const TemporaryFolder& FakeApiServer::account() const { return state_->account; }
int FakeApiServer::port() const { return state_->port; }

void FakeApiServer::accept_token(const std::string& token) {
  const std::lock_guard lock(state_->mutex);
  state_->options.token = token;
}

}  // namespace fakes
