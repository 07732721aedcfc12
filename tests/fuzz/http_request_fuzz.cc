// Any bytes as an HTTP request, taken apart and answered by the site over a status: whatever was asked, there is an answer.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "cmd/site.h"

namespace {

cmd::Site& site() {
  static cmd::Site* const one = [] {
    auto* made = new cmd::Site(std::make_shared<cmd::Heartbeat>(), /*metrics=*/true, /*profiling=*/false);
    made->publish(std::make_shared<const reconcile::Status>());
    return made;
  }();
  return *one;
}

bool one_line(const std::string& text) { return text.find_first_of("\r\n") == std::string::npos; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string header(data + 1, data + size);
  base::Result<cmd::HttpRequest> request = cmd::parse_http_request(header);
  if (!request) {
    if (request.error().message.empty()) std::abort();
    return 0;
  }
  if (request->method.empty() || !request->path.starts_with('/')) std::abort();
  if (!one_line(request->method) || !one_line(request->path) || !one_line(request->query) || !one_line(request->host)) std::abort();
  request->peer = (data[0] & 1) != 0 ? asio::ip::make_address("10.1.2.3") : asio::ip::make_address("127.0.0.1");
  std::variant<cmd::HttpResponse, cmd::HttpRender> answer = site().answer(*request);
  const cmd::HttpResponse response = answer.index() == 0 ? std::get<0>(std::move(answer)) : std::get<1>(answer)();
  if (response.status < 200 || response.status > 599 || !response.body || response.finish) std::abort();
  // Nothing of the request becomes a header of the answer.
  if (!response.headers.empty() && !response.headers.ends_with("\r\n")) std::abort();
  if (!one_line(response.content_type)) std::abort();
  return 0;
}
