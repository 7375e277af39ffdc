// What the machinery asks of the API server, request by request.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "operator/kube/event_recorder.h"
#include "operator/kube/lease_store.h"
#include "operator/kube/list_watcher.h"
#include "tests/unit/kube/fake_transport.h"
#include "tests/unit/kube/kube_objects.h"

namespace clockwork::kube {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ClientAdaptersTest : public ::testing::Test {
 protected:
  void Answer(int status, const Json& body) { transport.Answer(status, body.dump()); }
  FakeTransport transport;
  Client client{&transport, nullptr, {}};
};

TEST_F(ClientAdaptersTest, TheLeaseKeepsWhatOthersWroteIntoIt) {
  ClientLeaseStore store(&client, "ns", "operator");
  const Json lease = {{"apiVersion", "coordination.k8s.io/v1"},
                      {"kind", "Lease"},
                      {"metadata",
                       {{"name", "operator"},
                        {"namespace", "ns"},
                        {"resourceVersion", "5"},
                        {"labels", {{"kept", "yes"}}}}},
                      {"spec", {{"holderIdentity", "other"}, {"leaseDurationSeconds", 15}}}};
  Answer(200, lease);
  Answer(409, {{"kind", "Status"}, {"code", 409}, {"reason", "Conflict"}});
  const auto got = store.Get();
  ASSERT_TRUE(got.ok()) << Describe(got.error());
  EXPECT_EQ(got->holder, "other");
  EXPECT_EQ(got->resource_version, "5");
  LeaseRecord mine = *got;
  mine.holder = "me";
  const auto updated = store.Update(mine);
  ASSERT_FALSE(updated.ok());
  EXPECT_EQ(updated.error().failure, Failure::kConflict);
  constexpr const char* kPath = "/apis/coordination.k8s.io/v1/namespaces/ns/leases/operator";
  EXPECT_THAT(transport.Calls(),
              ElementsAre(std::string("GET ") + kPath, std::string("PUT ") + kPath));
  const Json sent = Json::parse(transport.sent[1].body);
  EXPECT_EQ(sent["metadata"]["resourceVersion"], "5");
  EXPECT_EQ(sent["metadata"]["labels"]["kept"], "yes");
  EXPECT_EQ(sent["spec"]["holderIdentity"], "me");
}

TEST_F(ClientAdaptersTest, TheLeaseIsCreated) {
  ClientLeaseStore store(&client, "ns", "operator");
  Answer(404, {{"kind", "Status"}, {"code", 404}, {"reason", "NotFound"}});
  ASSERT_FALSE(store.Get().ok());
  Answer(201, {{"metadata", {{"name", "operator"}, {"resourceVersion", "1"}}}, {"spec", {}}});
  const auto created = store.Create({"me", 15, 0, 0, 0, {}});
  ASSERT_TRUE(created.ok()) << Describe(created.error());
  EXPECT_EQ(created->resource_version, "1");
  const Json sent = Json::parse(transport.sent[1].body);
  EXPECT_EQ(transport.sent[1].method, "POST");
  EXPECT_EQ(sent["metadata"]["name"], "operator");
  EXPECT_FALSE(sent["metadata"].contains("resourceVersion"));
}

TEST_F(ClientAdaptersTest, EventsGoToTheCoreGroup) {
  ClientEventSink sink(&client);
  EventCorrelator correlator;
  const HappenedEvent event{{"v1", "Pod", "ns", "p", "u"}, true, "Lost", "gone"};
  Answer(201, Json::object());
  ASSERT_TRUE(WriteEvent(&sink, *correlator.OnEvent(0, event), "c", "i").ok());
  Answer(200, Json::object());
  ASSERT_TRUE(WriteEvent(&sink, *correlator.OnEvent(0, event), "c", "i").ok());
  EXPECT_THAT(transport.Calls(), ElementsAre(StartsWith("POST /api/v1/namespaces/ns/events"),
                                             StartsWith("PATCH /api/v1/namespaces/ns/events/p.")));
  EXPECT_EQ(transport.sent[1].content_type, "application/merge-patch+json");
}

TEST_F(ClientAdaptersTest, AReflectorsSourceAsksForItsSelection) {
  ClientListWatcher source(&client, {"", "v1", "pods", "Pod"}, "ns",
                           {"clockwork.dev/experiment", ""});
  Answer(200, {{"kind", "PodList"},
               {"metadata", {{"resourceVersion", "10"}}},
               {"items", {testing::Pod("a", "1")}}});
  const auto list = source.List();
  ASSERT_TRUE(list.ok()) << Describe(list.error());
  EXPECT_EQ(list->resource_version, "10");
  EXPECT_EQ(list->items.size(), 1U);
  ASSERT_TRUE(source.Watch("10", 300).ok());
  EXPECT_THAT(transport.Calls(),
              ElementsAre(AllOf(StartsWith("GET /api/v1/namespaces/ns/pods?"),
                                HasSubstr("labelSelector=clockwork.dev")),
                          AllOf(HasSubstr("watch="), HasSubstr("resourceVersion=10"),
                                HasSubstr("timeoutSeconds=300"),
                                HasSubstr("labelSelector=clockwork.dev"))));
}

}  // namespace
}  // namespace clockwork::kube
