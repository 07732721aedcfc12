// add-hostnqn and remove-hostnqn as values and as files. B34: nothing outside the one named file is ever touched.
#include "config/consumer_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "config/discovery_conf.h"

namespace config {
namespace {

using base::ErrorKind;
using testing::HasSubstr;

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "consumer_file_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_{};
};

std::string text_of(const std::string& path) { return base::read_file(path, 1 << 20).value_or("(unreadable)"); }

ConsumerRequest readme_request() {
  return {.name = "v2",
          .addresses = {"192.168.16.10:8009,192.168.16.11:8009"},
          .hostnqn = "hostnqn1",
          .subsysnqn = "subsystem_nqn1"};
}

TEST(ConsumerFile, LinesOfTheReadmeExample) {
  base::Result<std::vector<EndpointSpec>> endpoints = parse_consumer_request(readme_request());
  ASSERT_TRUE(endpoints) << endpoints.error().message;
  EXPECT_EQ(endpoint_lines(*endpoints),
            "-t tcp -a 192.168.16.10 -s 8009 -q hostnqn1 -n subsystem_nqn1\n"
            "-t tcp -a 192.168.16.11 -s 8009 -q hostnqn1 -n subsystem_nqn1\n");
}

TEST(ConsumerFile, HostIdIpv6AndHostName) {
  ConsumerRequest request = readme_request();
  request.addresses = {"[fd00::1]:8010", "node7.example:8009"};
  request.hostid = "B22C4C3C-7A0E-4B6E-9C0B-0D8B7F1F0F11";
  base::Result<std::vector<EndpointSpec>> endpoints = parse_consumer_request(request);
  ASSERT_TRUE(endpoints) << endpoints.error().message;
  EXPECT_EQ(endpoint_lines(*endpoints),
            "-t tcp -a fd00::1 -s 8010 -q hostnqn1 -I b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11 -n subsystem_nqn1\n"
            "-t tcp -a node7.example -s 8009 -q hostnqn1 -I b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11 -n subsystem_nqn1\n");
}

TEST(ConsumerFile, WhatIsWrittenIsReadBackAsAsked) {
  ConsumerRequest request = readme_request();
  request.addresses = {"[fe80::1%eth0]:8009,10.0.0.1:9000,node7.example"};
  request.hostid = "b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11";
  base::Result<std::vector<EndpointSpec>> asked = parse_consumer_request(request);
  ASSERT_TRUE(asked) << asked.error().message;
  const DiscoveryConf read = parse_discovery_conf(endpoint_lines(*asked), "v2");
  EXPECT_TRUE(read.diagnostics.empty());
  ASSERT_EQ(read.endpoints.size(), asked->size());
  for (std::size_t i = 0; i < asked->size(); ++i) {
    EXPECT_TRUE(same_but_for_place(read.endpoints[i], (*asked)[i])) << endpoint_line((*asked)[i]);
  }
}

TEST(ConsumerFile, RepeatedAddressesCountOnce) {
  ConsumerRequest request = readme_request();
  request.addresses = {"10.0.0.1:8009,10.0.0.1", "10.0.0.1:8009", "[fd00:0:0::1]:8009,[fd00::1]:8009"};
  base::Result<std::vector<EndpointSpec>> endpoints = parse_consumer_request(request);
  ASSERT_TRUE(endpoints) << endpoints.error().message;
  EXPECT_EQ(endpoints->size(), 2U);
}

TEST(ConsumerFile, WrongRequestsNameTheirFlag) {
  const auto message = [](auto change) {
    ConsumerRequest request = readme_request();
    change(request);
    base::Result<std::vector<EndpointSpec>> endpoints = parse_consumer_request(request);
    return endpoints ? std::string("(accepted)") : endpoints.error().message;
  };
  EXPECT_THAT(message([](ConsumerRequest& r) { r.name = ""; }), HasSubstr("--name"));
  EXPECT_THAT(message([](ConsumerRequest& r) { r.addresses = {}; }), HasSubstr("--addresses"));
  EXPECT_THAT(message([](ConsumerRequest& r) { r.addresses = {"10.0.0.1:8009,"}; }), HasSubstr("--addresses"));
  EXPECT_THAT(message([](ConsumerRequest& r) { r.addresses = {"10.0.0.1:70000"}; }), HasSubstr("70000"));
  EXPECT_THAT(message([](ConsumerRequest& r) { r.addresses = {"10.0.0.1:-5"}; }), HasSubstr("-5"));
  EXPECT_THAT(message([](ConsumerRequest& r) { r.hostnqn = ""; }), HasSubstr("--hostnqn"));
  EXPECT_THAT(message([](ConsumerRequest& r) { r.hostnqn = "a b"; }), HasSubstr("--hostnqn"));
  EXPECT_THAT(message([](ConsumerRequest& r) { r.hostnqn = "-n"; }), HasSubstr("--hostnqn"));
  EXPECT_THAT(message([](ConsumerRequest& r) { r.subsysnqn = "nqn\n-a evil"; }), HasSubstr("--nqn"));
  EXPECT_THAT(message([](ConsumerRequest& r) { r.subsysnqn = "nqn#x"; }), HasSubstr("--nqn"));
  EXPECT_THAT(message([](ConsumerRequest& r) { r.hostid = "not-a-uuid"; }), HasSubstr("--hostid"));
  EXPECT_THAT(message([](ConsumerRequest& r) { r.transport = "rdma"; }), HasSubstr("--transport"));
}

TEST(ConsumerFile, WritesAtomicallyIntoADirectoryThatItMakes) {
  const Folder folder;
  const std::string directory = folder / "etc/discovery.d/";
  base::Result<std::string> path = write_consumer_file(directory, "v2", "-t tcp -a 10.0.0.1\n");
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(*path, folder / "etc/discovery.d/v2");
  EXPECT_EQ(text_of(*path), "-t tcp -a 10.0.0.1\n");
  struct stat entry{};
  ASSERT_EQ(::stat(path->c_str(), &entry), 0);
  EXPECT_EQ(entry.st_mode & 0777U, 0644U);
  ASSERT_TRUE(write_consumer_file(directory, "v2", "-t tcp -a 10.0.0.2\n"));
  EXPECT_EQ(text_of(*path), "-t tcp -a 10.0.0.2\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory), {}), 1) << "no temporary file stays";
}

TEST(ConsumerFile, B34NamesThatLeaveTheDirectoryAreRefused) {
  const Folder folder;
  std::ofstream(folder / "precious") << "keep";
  std::filesystem::create_directories(folder / "discovery.d");
  std::ofstream(folder / "discovery.d/other.conf") << "keep";
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("../precious"), std::string("/precious"),
        std::string("a/b"), std::string("./other.conf"), std::string(".hidden"), std::string("tmp.dc.x"),
        std::string("a\nb"), std::string("a\0b", 3), std::string(256, 'x')}) {
    base::Result<std::string> written = write_consumer_file(folder / "discovery.d", name, "overwritten");
    base::Result<std::string> removed = remove_consumer_file(folder / "discovery.d", name);
    ASSERT_FALSE(written) << name;
    ASSERT_FALSE(removed) << name;
    EXPECT_EQ(written.error().kind, ErrorKind::kInvalid) << name;
    EXPECT_EQ(removed.error().kind, ErrorKind::kInvalid) << name;
  }
  EXPECT_EQ(text_of(folder / "precious"), "keep");
  EXPECT_EQ(text_of(folder / "discovery.d/other.conf"), "keep");
}

TEST(ConsumerFile, B34SymbolicLinksAreReplacedOrRemovedNeverFollowed) {
  const Folder folder;
  std::filesystem::create_directories(folder / "discovery.d");
  std::ofstream(folder / "precious") << "keep";
  std::filesystem::create_symlink(folder / "precious", folder / "discovery.d/link");
  ASSERT_TRUE(write_consumer_file(folder / "discovery.d", "link", "mine"));
  EXPECT_EQ(text_of(folder / "precious"), "keep");
  EXPECT_EQ(text_of(folder / "discovery.d/link"), "mine");
  std::filesystem::create_symlink(folder / "precious", folder / "discovery.d/second");
  ASSERT_TRUE(remove_consumer_file(folder / "discovery.d", "second"));
  EXPECT_EQ(text_of(folder / "precious"), "keep");
}

TEST(ConsumerFile, RemovesOneFileAndNoDirectory) {
  const Folder folder;
  std::filesystem::create_directories(folder / "discovery.d/sub");
  std::ofstream(folder / "discovery.d/v2") << "x";
  base::Result<std::string> removed = remove_consumer_file(folder / "discovery.d/", "v2");
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(*removed, folder / "discovery.d/v2");
  EXPECT_FALSE(std::filesystem::exists(*removed));
  removed = remove_consumer_file(folder / "discovery.d", "v2");
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().kind, ErrorKind::kNotFound);
  removed = remove_consumer_file(folder / "discovery.d", "sub");
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(std::filesystem::exists(folder / "discovery.d/sub"));
}

}  // namespace
}  // namespace config
