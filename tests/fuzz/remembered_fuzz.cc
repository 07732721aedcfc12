// Any bytes as internal.json: what is read can be written and read again, and is the same then.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/remembered.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  base::Result<config::Remembered> first = config::decode_remembered(text);
  if (!first) return 0;
  first->by_the_seed = false;  // what we write is ours
  const base::Result<config::Remembered> second =
      config::decode_remembered(config::encode_remembered(*first));
  if (!second || *second != *first) std::abort();
  return 0;
}
