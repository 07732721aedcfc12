// Takes secrets out of texts before they leave the host. Errs on the side of taking out too much; pure.
//
// Gone afterwards: every DH-HMAC-CHAP secret and TLS key in its own notation (DHHC-1:…, NVMeTLSkey-1:…) wherever it stands, and
// every value of a name that holds "secret", "password", "token", "psk" or "tls-key", whatever the value looks like.
#pragma once

#include <string>
#include <string_view>

namespace cmd {

inline constexpr std::string_view kRedacted = "***";

/// The name of a setting, option, variable or field whose value goes.
bool names_a_secret(std::string_view name);
/// Any text; by lines. A name with a colon (YAML) takes the more indented lines below with it.
std::string redact(std::string_view text);
/// A discovery.d file: also the values of -S and -C.
std::string redact_conf(std::string_view text);
/// A JSON document, as pretty JSON with the values of such names replaced; redact() of what is no JSON.
std::string redact_json(std::string_view text);

}  // namespace cmd
