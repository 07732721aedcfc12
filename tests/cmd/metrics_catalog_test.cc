// What is documented is what is served, and what alerts, dashboard and runbooks name exists.
#include "cmd/metrics_catalog.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "base/file.h"
#include "cmd/metrics.h"
#include "tests/cmd/sample_status.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;

std::filesystem::path root() { return std::filesystem::path(DC_TEST_DATA) / ".."; }

std::string text_of(const std::filesystem::path& path) {
  const base::Result<std::string> text = base::read_file(path.string(), 16 << 20);
  if (!text) ADD_FAILURE() << text.error().message;
  return text.value_or("");
}

/// Every family has a sample.
reconcile::Status everything() {
  reconcile::Status status = cmd_test::sample_status();
  status.paths[2].purge_at = status.now + 100s;
  status.paths[0].ana[0] = 1;
  status.at_the_kernel = *status.paths[1].path;
  status.at_the_kernel_since = status.now - 2s;
  return status;
}

/// Name -> label names in their order, of every sample.
std::map<std::string, std::set<std::string>> served() {
  const reconcile::Status status = everything();
  std::istringstream in(metrics_text(&status, 1s, true, read_process_usage()));
  static const std::regex label(R"re([{,]([a-z_]+)=")re");
  std::map<std::string, std::set<std::string>> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with("#")) continue;
    std::string labels;
    for (std::sregex_iterator it(line.begin(), line.end(), label), end; it != end; ++it) {
      if ((*it)[1] == "le") continue;
      labels += (labels.empty() ? "" : ",") + (*it)[1].str();
    }
    std::string name = line.substr(0, line.find_first_of("{ "));
    for (const std::string_view ending : {"_bucket", "_sum", "_count"}) {
      const std::string family = name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : "";
      if (const MetricInfo* info = find_metric(family); info != nullptr && info->kind == MetricKind::kHistogram) name = family;
    }
    out[name].insert(labels);
  }
  return out;
}

TEST(MetricsCatalog, WhatIsServedIsDocumentedAndTheReverse) {
  const auto all = served();
  for (const auto& [name, labels] : all) {
    const MetricInfo* info = find_metric(name);
    ASSERT_NE(info, nullptr) << name;
    EXPECT_EQ(labels, std::set<std::string>{std::string(info->labels)}) << name;
  }
  for (const MetricInfo& info : kMetrics) EXPECT_TRUE(all.contains(std::string(info.name))) << info.name << " is documented and never served";
}

TEST(MetricsCatalog, TypesAndHelpAreThoseOfTheText) {
  const reconcile::Status status = everything();
  const std::string text = metrics_text(&status, 1s, true, read_process_usage());
  for (const MetricInfo& info : kMetrics) {
    const std::string name(info.name);
    EXPECT_NE(text.find("# HELP " + name + " " + std::string(info.help) + "\n"), std::string::npos) << name;
    EXPECT_NE(text.find("# TYPE " + name + " " + std::string(to_string(info.kind)) + "\n"), std::string::npos) << name;
  }
}

TEST(MetricsCatalog, DocsAreAsTheCodeHasThem) {
  EXPECT_EQ(text_of(root() / "docs/metrics.md"), metrics_document()) << "run: discovery-client metrics-doc > docs/metrics.md";
}

TEST(MetricsCatalog, EveryMetricThatIsNamedSomewhereExists) {
  static const std::regex name(R"re(\b(discovery_client_[a-z0-9_]+|discovery_(?:connection|connections|entries|log_page)_[a-z0-9_]+|process_[a-z0-9_]+)\b)re");
  static const std::regex ending("_(bucket|sum|count)$");
  std::size_t found = 0;
  for (const char* folder : {"manifests", "docs"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root() / folder)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".yaml" && extension != ".json" && extension != ".md")) continue;
      const std::string text = text_of(entry.path());
      for (std::sregex_iterator it(text.begin(), text.end(), name), end; it != end; ++it) {
        const std::string word = it->str();
        if (word.ends_with("_")) continue;  // "discovery_client_…": a prefix
        const MetricInfo* family = find_metric(std::regex_replace(word, ending, ""));
        const bool of_histogram = family != nullptr && family->kind == MetricKind::kHistogram;
        EXPECT_TRUE(find_metric(word) != nullptr || of_histogram) << entry.path() << " names " << word;
        ++found;
      }
    }
  }
  EXPECT_GT(found, 50u);
}

}  // namespace
}  // namespace cmd
