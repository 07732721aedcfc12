// Two lines an entry in the table: what it is and where; then its NQN and what is special.
#include "cmd/log_page_text.h"

#include "base/text.h"
#include "cmd/table.h"

namespace cmd {
namespace {

std::string cntlid_text(std::uint16_t cntlid) { return cntlid == 0xFFFF ? "dynamic" : std::to_string(cntlid); }

std::string portal_text(const nvme::LogEntry& entry) {
  const bool v6 = entry.traddr.find(':') != std::string::npos;
  return (v6 ? "[" + entry.traddr + "]" : entry.traddr) + ":" + entry.trsvcid;
}

}  // namespace

nlohmann::ordered_json log_page_json(const nvme::LogPage& page) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const nvme::LogEntry& entry : page.entries) {
    nlohmann::ordered_json item = nlohmann::ordered_json::object();
    item["portid"] = entry.portid;
    item["cntlid"] = entry.cntlid;
    const base::Result<std::uint16_t> port = nvme::parse_port(entry.trsvcid);
    if (port) item["trsvcid"] = *port;  // a number, as in the seed's output
    else item["trsvcid"] = entry.trsvcid;
    item["subnqn"] = entry.subnqn;
    item["traddr"] = entry.traddr;
    item["subtype"] = entry.subtype;
    item["subtype_name"] = nvme::subtype_name(entry.subtype);
    item["trtype"] = entry.trtype;
    item["trtype_name"] = nvme::trtype_name(entry.trtype);
    item["adrfam"] = entry.adrfam;
    item["adrfam_name"] = nvme::adrfam_name(entry.adrfam);
    item["treq"] = entry.treq;
    item["treq_name"] = nvme::treq_name(entry.treq);
    item["asqsz"] = entry.asqsz;
    item["eflags"] = entry.eflags;
    item["eflags_name"] = nvme::eflags_name(entry.eflags);
    item["sectype"] = entry.sectype;
    item["sectype_name"] = nvme::sectype_name(entry.sectype);
    item["genctr"] = page.genctr;
    const base::Result<nvme::EntryTarget> usable = nvme::target(entry);
    item["refused"] = usable ? nlohmann::ordered_json() : nlohmann::ordered_json(usable.error().message);
    out.push_back(item);
  }
  return out;
}

std::string log_page_table(const nvme::LogPage& page, const std::string& service, bool colour) {
  const std::string count = std::to_string(page.entries.size()) + (page.entries.size() == 1 ? " entry" : " entries");
  std::string out = tinted("Discovery log page of " + base::printable(service) + ": " + count + ", generation " + std::to_string(page.genctr), Tint::kBold, colour) + "\n";
  for (std::size_t i = 0; i < page.entries.size(); ++i) {
    const nvme::LogEntry& entry = page.entries[i];
    out += "\n" + tinted(std::to_string(i) + "  " + nvme::subtype_name(entry.subtype) + "  " + base::printable(portal_text(entry)), Tint::kBold, colour) + "\n";
    Table table(3);
    table.row({{"subnqn"}, {entry.subnqn}});
    table.row({{"trtype"}, {nvme::trtype_name(entry.trtype) + " (" + std::to_string(entry.trtype) + "), adrfam " + nvme::adrfam_name(entry.adrfam) + " (" +
                            std::to_string(entry.adrfam) + ")"}});
    table.row({{"portid"}, {std::to_string(entry.portid) + ", cntlid " + cntlid_text(entry.cntlid) + ", asqsz " + std::to_string(entry.asqsz)}});
    table.row({{"treq"}, {nvme::treq_name(entry.treq) + " (" + std::to_string(entry.treq) + "), sectype " + nvme::sectype_name(entry.sectype) + " (" +
                          std::to_string(entry.sectype) + ")"}});
    table.row({{"eflags"}, {nvme::eflags_name(entry.eflags) + " (" + std::to_string(entry.eflags) + ")"}});
    if (const base::Result<nvme::EntryTarget> usable = nvme::target(entry); !usable) {
      table.row({{"refused", Tint::kBad}, {usable.error().message, Tint::kBad}});
    }
    out += table.text(colour);
  }
  return out;
}

}  // namespace cmd
