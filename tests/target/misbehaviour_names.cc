// The names under which misbehaviour can be asked for on a command line: "split=100", "silent-connect", ...
#include <charconv>
#include <functional>
#include <string>

#include "tests/target/misbehaviour.h"

namespace target {
namespace {

struct Named {
  std::string_view name;
  bool takes_number;
  std::string_view meaning;
  void (*apply)(std::uint64_t number, Misbehaviour& m);
};

void rule(Misbehaviour& m, When when, const std::function<void(Deed&)>& edit) {
  Deed deed;
  edit(deed);
  m.rules.push_back({when, deed});
}

template <typename T>
T narrow(std::uint64_t number) {
  return static_cast<T>(number);
}

void log_rule(Misbehaviour& m, const std::function<void(Deed&)>& edit) { rule(m, on_get_log(), edit); }

void edit_log_header(Misbehaviour& m, std::size_t offset, std::vector<std::uint8_t> bytes) {
  log_rule(m, [&](Deed& d) {
    d.edits.push_back({offset, bytes});
    d.seal_edits = true;
  });
}

std::vector<std::uint8_t> le32(std::uint64_t n) {
  return {narrow<std::uint8_t>(n), narrow<std::uint8_t>(n >> 8), narrow<std::uint8_t>(n >> 16),
          narrow<std::uint8_t>(n >> 24)};
}

constexpr Named kNames[] = {
    {"silent-accept", false, "accepts and says nothing",
     [](std::uint64_t, Misbehaviour& m) { m.silence = Silence::kAfterAccept; }},
    {"silent-icresp", false, "nothing after ICResp",
     [](std::uint64_t, Misbehaviour& m) { m.silence = Silence::kAfterIcResp; }},
    {"silent-connect", false, "nothing after the Connect response",
     [](std::uint64_t, Misbehaviour& m) { m.silence = Silence::kAfterConnect; }},
    {"silent-log", false, "no answer to Get Log Page 70h",
     [](std::uint64_t, Misbehaviour& m) { log_rule(m, [](Deed& d) { d.silent = true; }); }},
    {"silent-keep-alive", false, "no answer to Keep Alive",
     [](std::uint64_t, Misbehaviour& m) { rule(m, on_keep_alive(), [](Deed& d) { d.silent = true; }); }},
    {"icresp-dgst", true, "DGST byte of ICResp: 0 refuses, 3 forces",
     [](std::uint64_t n, Misbehaviour& m) { m.icresp_dgst = narrow<std::uint8_t>(n); }},
    {"cpda", true, "CPDA of ICResp", [](std::uint64_t n, Misbehaviour& m) { m.cpda = narrow<std::uint8_t>(n); }},
    {"pfv", true, "PFV of ICResp", [](std::uint64_t n, Misbehaviour& m) { m.pfv = narrow<std::uint16_t>(n); }},
    {"maxh2cdata", true, "MAXH2CDATA of ICResp",
     [](std::uint64_t n, Misbehaviour& m) { m.maxh2cdata = narrow<std::uint32_t>(n); }},
    {"icresp-type", true, "type byte of ICResp",
     [](std::uint64_t n, Misbehaviour& m) { m.icresp.edits.push_back({0, {narrow<std::uint8_t>(n)}}); }},
    {"icresp-plen", true, "PLEN of ICResp",
     [](std::uint64_t n, Misbehaviour& m) { m.icresp.edits.push_back({4, le32(n)}); }},
    {"icresp-cut", true, "FIN after that many bytes of ICResp",
     [](std::uint64_t n, Misbehaviour& m) { m.icresp.cut_at = narrow<std::size_t>(n); }},
    {"icresp-reset", true, "RST after that many bytes of ICResp",
     [](std::uint64_t n, Misbehaviour& m) {
       m.icresp.cut_at = narrow<std::size_t>(n);
       m.icresp.cut_by_reset = true;
     }},
    {"fail-connect", true, "raw status word of Connect, e.g. 0x8308",
     [](std::uint64_t n, Misbehaviour& m) {
       rule(m, on_connect(), [n](Deed& d) { d.status = narrow<std::uint16_t>(n); });
     }},
    {"fail-identify", true, "raw status word of Identify",
     [](std::uint64_t n, Misbehaviour& m) {
       rule(m, on_identify(), [n](Deed& d) { d.status = narrow<std::uint16_t>(n); });
     }},
    {"fail-set-features", true, "raw status word of Set Features",
     [](std::uint64_t n, Misbehaviour& m) {
       rule(m, on_set_features(), [n](Deed& d) { d.status = narrow<std::uint16_t>(n); });
     }},
    {"fail-log", true, "raw status word of Get Log Page 70h",
     [](std::uint64_t n, Misbehaviour& m) { log_rule(m, [n](Deed& d) { d.status = narrow<std::uint16_t>(n); }); }},
    {"fail-keep-alive", true, "raw status word of Keep Alive",
     [](std::uint64_t n, Misbehaviour& m) {
       rule(m, on_keep_alive(), [n](Deed& d) { d.status = narrow<std::uint16_t>(n); });
     }},
    {"fail-aer", true, "raw status word of every AER",
     [](std::uint64_t n, Misbehaviour& m) {
       rule(m, on_aer(), [n](Deed& d) { d.status = narrow<std::uint16_t>(n); });
     }},
    {"terminate", true, "C2HTermReq with this FES on Get Log Page",
     [](std::uint64_t n, Misbehaviour& m) {
       log_rule(m, [n](Deed& d) { d.terminate = TermReq{narrow<std::uint16_t>(n), 0, true}; });
     }},
    {"bad-hdgst", false, "wrong header digest on log data",
     [](std::uint64_t, Misbehaviour& m) { log_rule(m, [](Deed& d) { d.wrong_header_digest = true; }); }},
    {"bad-ddgst", false, "wrong data digest on log data",
     [](std::uint64_t, Misbehaviour& m) { log_rule(m, [](Deed& d) { d.wrong_data_digest = true; }); }},
    {"split", true, "log data in C2HData of at most n bytes",
     [](std::uint64_t n, Misbehaviour& m) { log_rule(m, [n](Deed& d) { d.split = narrow<std::size_t>(n); }); }},
    {"reversed", true, "the same, last to first",
     [](std::uint64_t n, Misbehaviour& m) {
       log_rule(m, [n](Deed& d) {
         d.split = narrow<std::size_t>(n);
         d.reversed = true;
       });
     }},
    {"datao", true, "DATAO of log data too high by n",
     [](std::uint64_t n, Misbehaviour& m) { log_rule(m, [n](Deed& d) { d.datao = narrow<std::uint32_t>(n); }); }},
    {"short-log", true, "n bytes of log data missing",
     [](std::uint64_t n, Misbehaviour& m) { log_rule(m, [n](Deed& d) { d.short_by = narrow<std::size_t>(n); }); }},
    {"long-log", true, "n bytes of log data too many",
     [](std::uint64_t n, Misbehaviour& m) { log_rule(m, [n](Deed& d) { d.long_by = narrow<std::size_t>(n); }); }},
    {"no-last", false, "LAST_PDU never set on log data",
     [](std::uint64_t, Misbehaviour& m) { log_rule(m, [](Deed& d) { d.no_last = true; }); }},
    {"success", false, "SUCCESS on log data, no response",
     [](std::uint64_t, Misbehaviour& m) { log_rule(m, [](Deed& d) { d.success_flag = true; }); }},
    {"success-without-last", false, "SUCCESS without LAST_PDU on log data, no response",
     [](std::uint64_t, Misbehaviour& m) { log_rule(m, [](Deed& d) { d.success_without_last = true; }); }},
    {"success-and-response", false, "SUCCESS on log data, and a response",
     [](std::uint64_t, Misbehaviour& m) { log_rule(m, [](Deed& d) { d.success_and_response = true; }); }},
    {"pdu-type", true, "type byte of log data PDUs",
     [](std::uint64_t n, Misbehaviour& m) { edit_log_header(m, 0, {narrow<std::uint8_t>(n)}); }},
    {"hlen", true, "HLEN of log data PDUs",
     [](std::uint64_t n, Misbehaviour& m) { edit_log_header(m, 2, {narrow<std::uint8_t>(n)}); }},
    {"pdo", true, "PDO of log data PDUs",
     [](std::uint64_t n, Misbehaviour& m) { edit_log_header(m, 3, {narrow<std::uint8_t>(n)}); }},
    {"plen", true, "PLEN of log data PDUs",
     [](std::uint64_t n, Misbehaviour& m) { edit_log_header(m, 4, le32(n)); }},
    {"cid", true, "log pages answered under this CID",
     [](std::uint64_t n, Misbehaviour& m) { log_rule(m, [n](Deed& d) { d.cid = narrow<std::uint16_t>(n); }); }},
    {"twice", false, "two responses for each Get Log Page",
     [](std::uint64_t, Misbehaviour& m) { log_rule(m, [](Deed& d) { d.twice = true; }); }},
    {"aer-error", false, "an AER is completed with an error before log data",
     [](std::uint64_t, Misbehaviour& m) { log_rule(m, [](Deed& d) { d.completes_aer_first = true; }); }},
    {"r2t", false, "an R2T before log data",
     [](std::uint64_t, Misbehaviour& m) { log_rule(m, [](Deed& d) { d.r2t_first = true; }); }},
    {"cut", true, "FIN after that many bytes of the answer to Get Log Page",
     [](std::uint64_t n, Misbehaviour& m) { log_rule(m, [n](Deed& d) { d.cut_at = narrow<std::size_t>(n); }); }},
    {"reset", true, "RST after that many bytes of the answer to Get Log Page",
     [](std::uint64_t n, Misbehaviour& m) {
       log_rule(m, [n](Deed& d) {
         d.cut_at = narrow<std::size_t>(n);
         d.cut_by_reset = true;
       });
     }},
    {"slow", true, "n ms after every byte",
     [](std::uint64_t n, Misbehaviour& m) { m.byte_interval = std::chrono::milliseconds(n); }},
    {"delay-log", true, "n ms before each answer to Get Log Page",
     [](std::uint64_t n, Misbehaviour& m) {
       log_rule(m, [n](Deed& d) { d.delay = std::chrono::milliseconds(n); });
     }},
    {"genctr-moves", true, "genctr is another on that many reads of the header (0: for ever)",
     [](std::uint64_t n, Misbehaviour& m) { m.genctr_moves = n == 0 ? kForEver : narrow<unsigned>(n); }},
    {"numrec", true, "NUMREC of the header", [](std::uint64_t n, Misbehaviour& m) { m.numrec = n; }},
    {"recfmt", true, "RECFMT of the header",
     [](std::uint64_t n, Misbehaviour& m) { m.recfmt = narrow<std::uint16_t>(n); }},
    {"never-ready", false, "CSTS.RDY stays 0", [](std::uint64_t, Misbehaviour& m) { m.never_ready = true; }},
    {"cfs", false, "CSTS.CFS once enabled", [](std::uint64_t, Misbehaviour& m) { m.fatal_status = true; }},
    {"authreq", true, "AUTHREQ bits of the Connect response (2 ATR, 4 ASCR)",
     [](std::uint64_t n, Misbehaviour& m) { m.authreq = narrow<std::uint16_t>(n); }},
    {"rejects-kato", false, "Connect with KATO fails",
     [](std::uint64_t, Misbehaviour& m) { m.rejects_kato = true; }},
    {"identify-cntlid", true, "CNTLID in Identify",
     [](std::uint64_t n, Misbehaviour& m) { m.identify_cntlid = narrow<std::uint16_t>(n); }},
    {"aen-never-masks", false, "every change is sent, dropped when no AER waits",
     [](std::uint64_t, Misbehaviour& m) { m.aen_never_masks = true; }},
    {"aen-storm", true, "so many AERs are completed at once",
     [](std::uint64_t n, Misbehaviour& m) { m.aen_storm = narrow<unsigned>(n); }},
};

bool parse_number(std::string_view text, std::uint64_t& number) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, hex ? 16 : 10);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

bool add_misbehaviour(std::string_view text, Misbehaviour& misbehaviour, std::string& error) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  for (const Named& named : kNames) {
    if (named.name != name) continue;
    std::uint64_t number = 0;
    if (named.takes_number != (equals != std::string_view::npos)) {
      error = std::string(name) + (named.takes_number ? " needs =NUMBER" : " takes no argument");
      return false;
    }
    if (named.takes_number && !parse_number(text.substr(equals + 1), number)) {
      error = std::string(name) + ": not a number: " + std::string(text.substr(equals + 1));
      return false;
    }
    named.apply(number, misbehaviour);
    return true;
  }
  error = "unknown misbehaviour: " + std::string(name);
  return false;
}

std::string misbehaviour_names() {
  std::string text;
  for (const Named& named : kNames) {
    std::string line = "  " + std::string(named.name) + (named.takes_number ? "=N" : "");
    line.resize(std::max<std::size_t>(line.size() + 1, 26), ' ');
    text += line + std::string(named.meaning) + "\n";
  }
  return text;
}

}  // namespace target
