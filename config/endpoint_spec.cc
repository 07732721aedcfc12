// When two lines are one endpoint.
#include "config/endpoint_spec.h"

namespace config {

std::string endpoint_key(const EndpointSpec& spec) {
  std::string key = spec.address ? nvme::host_port(*spec.address, spec.trsvcid)
                                 : spec.host + ":" + std::to_string(spec.trsvcid);
  if (spec.host_traddr) key += " from " + nvme::to_string(*spec.host_traddr);
  if (!spec.host_iface.empty()) key += " via " + spec.host_iface;
  if (spec.hostnqn) key += " as " + spec.hostnqn->str();
  if (!spec.group.empty()) key += " in " + spec.group;
  return key;
}

bool same_but_for_place(const EndpointSpec& a, const EndpointSpec& b) {
  EndpointSpec moved = a;
  moved.where = b.where;
  moved.detected = b.detected;
  return moved == b;
}

}  // namespace config
