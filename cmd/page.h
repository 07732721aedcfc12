// The status page: one self-contained HTML document in the binary, and the headers that keep it so. Knows no status:
// the page asks /status itself.
#pragma once

#include "cmd/http_server.h"

namespace cmd {

/// The page with its Content-Security-Policy; every call shares one body. For loopback peers: the caller looks.
HttpResponse page_response();

}  // namespace cmd
