// Short ways to write rules.
#include "tests/target/misbehaviour.h"

namespace target {
namespace {

When on_opcode(std::uint8_t opcode) {
  When when;
  when.opcode = opcode;
  return when;
}

When on_fabrics(std::uint8_t fctype) {
  When when = on_opcode(opc::kFabrics);
  when.fctype = fctype;
  return when;
}

}  // namespace

When on_any() { return {}; }
When on_connect() { return on_fabrics(fct::kConnect); }

When on_property_get(std::optional<std::uint32_t> property) {
  When when = on_fabrics(fct::kPropertyGet);
  when.property = property;
  return when;
}

When on_property_set(std::optional<std::uint32_t> property) {
  When when = on_fabrics(fct::kPropertySet);
  when.property = property;
  return when;
}

When on_identify() { return on_opcode(opc::kIdentify); }
When on_set_features() { return on_opcode(opc::kSetFeatures); }

When on_get_log(std::optional<std::uint8_t> lid) {
  When when = on_opcode(opc::kGetLog);
  when.lid = lid;
  return when;
}

When on_aer() { return on_opcode(opc::kAer); }
When on_keep_alive() { return on_opcode(opc::kKeepAlive); }

When nth(When when, unsigned n) {
  when.first = n;
  when.times = 1;
  return when;
}

}  // namespace target
