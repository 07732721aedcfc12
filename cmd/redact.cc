// First the notations that give a secret away by themselves, then names, by line.
#include "cmd/redact.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cmd/status_json.h"
#include "config/line_options.h"

namespace cmd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kNotations = {std::string_view("dhhc-1:"), std::string_view("nvmetlskey-1:")};
constexpr std::array kNames = {std::string_view("secret"), std::string_view("password"), std::string_view("passwd"), std::string_view("token"),
                               std::string_view("psk"), std::string_view("tls-key"), std::string_view("tls_key"), std::string_view("tlskey")};

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_name_byte(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'; }
bool is_key_byte(char c) { return is_name_byte(c) || c == '+' || c == '/' || c == '=' || c == ':'; }

std::string without_notations(std::string_view text) {
  const std::string lower = base::to_lower(text);
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto begins = [&](std::string_view notation) { return lower.compare(at, notation.size(), notation) == 0; };
    const auto found = std::ranges::find_if(kNotations, begins);
    if (found == kNotations.end()) {
      out += text[at++];
      continue;
    }
    out += std::string(text.substr(at, found->size())) + std::string(kRedacted);
    for (at += found->size(); at < text.size() && is_key_byte(text[at]); ++at) {}
  }
  return out;
}

/// Behind the value that begins at `from`: a quoted text with its quotes, else up to the next blank or `to_line_end`.
std::size_t value_end(std::string_view line, std::size_t from, bool to_line_end) {
  if (from < line.size() && (line[from] == '"' || line[from] == '\'')) {
    const std::size_t close = line.find(line[from], from + 1);
    return close == std::string_view::npos ? line.size() : close + 1;
  }
  if (to_line_end) return line.size();
  while (from < line.size() && !is_blank(line[from])) ++from;
  return from;
}

/// `open`: what follows is YAML's as long as it is more indented: a block, or a value that goes on.
std::string without_named_values(std::string_view line, bool& open) {
  std::string out;
  std::size_t at = 0;
  open = false;
  while (at < line.size()) {
    if (!is_name_byte(line[at])) {
      out += line[at++];
      continue;
    }
    std::size_t end = at;
    while (end < line.size() && is_name_byte(line[end])) ++end;
    const std::string_view name = line.substr(at, end - at);
    out += name;
    at = end;
    if (!names_a_secret(name)) continue;
    std::size_t value = end;
    if (value < line.size() && (line[value] == '"' || line[value] == '\'')) ++value;  // a quoted name
    bool colon = false;
    while (value < line.size() && (is_blank(line[value]) || line[value] == '=' || line[value] == ':')) colon = line[value++] == ':' || colon;
    if (value == end) continue;  // a word in a sentence, with a comma or full stop behind it
    out += line.substr(end, value - end);
    open = open || colon;
    if (value < line.size()) out += kRedacted;
    at = value_end(line, value, colon);
  }
  return out;
}

std::size_t indent_of(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first == std::string_view::npos ? line.size() : first;
}

template <class Change>
std::string by_lines(std::string_view text, Change change) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += change(text.substr(0, end));
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// -S and -C, alone or behind letters that take no value: "-S x", "-S=x", "-Sx", "-gS x".
std::string without_short_options(std::string_view line) {
  std::string out;
  std::size_t at = 0;
  bool next_is_secret = false;
  while (at < line.size()) {
    if (is_blank(line[at])) {
      out += line[at++];
      continue;
    }
    const std::size_t end = std::max(value_end(line, at, false), at + 1);
    const std::string_view word = line.substr(at, end - at);
    at = end;
    if (next_is_secret) {
      next_is_secret = false;
      out += kRedacted;
      continue;
    }
    std::size_t letter = word.starts_with('-') && !word.starts_with("--") ? 1 : word.size();
    while (letter < word.size() && word[letter] != 'S' && word[letter] != 'C') {
      const config::LineOption* option = config::find_line_option(word[letter]);
      letter = option == nullptr || option->takes_value ? word.size() : letter + 1;
    }
    if (letter >= word.size()) {
      out += word;
      continue;
    }
    std::size_t rest = letter + 1;
    if (rest < word.size() && word[rest] == '=') ++rest;
    out += word.substr(0, rest);
    if (rest < word.size()) out += kRedacted;
    else if (letter + 1 == word.size()) next_is_secret = true;
  }
  return out;
}

void redact_values(Json& json) {
  if (json.is_array()) {
    for (Json& value : json) redact_values(value);
  } else if (json.is_string()) {
    json = without_notations(json.get<std::string>());
  } else if (json.is_object()) {
    for (auto& [key, value] : json.items()) {
      if (names_a_secret(key) && !value.is_null() && value != "") value = kRedacted;
      else redact_values(value);
    }
  }
}

}  // namespace

bool names_a_secret(std::string_view name) {
  const std::string lower = base::to_lower(name);
  return std::ranges::any_of(kNames, [&lower](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string redact(std::string_view text) {
  bool open = false;
  std::size_t block_indent = 0;
  return by_lines(without_notations(text), [&](std::string_view line) -> std::string {
    const std::size_t indent = indent_of(line);
    if (open && (indent > block_indent || indent == line.size())) return std::string(line.substr(0, indent)) + std::string(indent < line.size() ? kRedacted : "");
    block_indent = indent;
    return without_named_values(line, open);
  });
}

std::string redact_conf(std::string_view text) { return redact(by_lines(text, without_short_options)); }

std::string redact_json(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return redact(text);
  redact_values(json);
  return dump(json) + "\n";
}

}  // namespace cmd
