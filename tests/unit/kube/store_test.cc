#include "operator/kube/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/kube/kube_objects.h"

namespace clockwork::kube {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Labelled;
using testing::Pod;

// "+key" new, "-key" gone, "~key" changed.
std::vector<std::string> Told(const std::vector<Change>& changes) {
  std::vector<std::string> told;
  for (const Change& change : changes) {
    const char* sign = change.before == nullptr ? "+" : change.after == nullptr ? "-" : "~";
    told.push_back(sign + change.key);
  }
  return told;
}

std::vector<std::string> Names(const std::vector<ObjectPtr>& objects) {
  std::vector<std::string> names;
  for (const ObjectPtr& object : objects) names.push_back(MetadataText(*object, "name"));
  return names;
}

TEST(ObjectKey, NamesWhatHasAName) {
  EXPECT_EQ(KeyOf(Pod("a", "1")), "ns/a");
  EXPECT_EQ(KeyOf({{"metadata", {{"name", "node"}}}}), "node");
  for (const char* text : {"{}", "[]", "null", R"({"metadata":[]})", R"({"metadata":{"name":1}})",
                           R"({"metadata":{"namespace":"x"}})"}) {
    EXPECT_EQ(KeyOf(Json::parse(text)), "") << text;
  }
  EXPECT_EQ(SplitKey("ns/a").name_space, "ns");
  EXPECT_EQ(SplitKey("ns/a").name, "a");
  EXPECT_EQ(SplitKey("node").name_space, "");
  EXPECT_EQ(SplitKey("node").name, "node");
}

TEST(Store, ReplaceTellsWhatIsNewChangedAndGone) {
  Store store;
  EXPECT_THAT(Told(store.Replace({Pod("b", "2"), Pod("a", "1"), Pod("c", "3")})),
              ElementsAre("+ns/a", "+ns/b", "+ns/c"));
  EXPECT_THAT(Told(store.Replace({Pod("b", "2"), Pod("c", "9"), Pod("d", "4")})),
              ElementsAre("-ns/a", "~ns/c", "+ns/d"));
  EXPECT_THAT(Names(store.Snapshot()), ElementsAre("b", "c", "d"));
  EXPECT_THAT(Told(store.Replace({})), ElementsAre("-ns/b", "-ns/c", "-ns/d"));
  EXPECT_EQ(store.size(), 0U);
}

TEST(Store, ReplaceSeesThatAnObjectWasMadeAgain) {
  Store store;
  (void)store.Replace({Pod("a", "1", "old")});
  const std::vector<Change> changes = store.Replace({Pod("a", "1", "new")});
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(MetadataText(*changes[0].before, "uid"), "old");
  EXPECT_EQ(MetadataText(*changes[0].after, "uid"), "new");
}

TEST(Store, UpsertIgnoresOnlyTheVeryStateItHas) {
  Store store;
  EXPECT_TRUE(store.Upsert(Pod("a", "10")));
  EXPECT_FALSE(store.Upsert(Pod("a", "10")));
  // A smaller number is not older: versions are opaque.
  const auto changed = store.Upsert(Pod("a", "9"));
  ASSERT_TRUE(changed);
  EXPECT_EQ(MetadataText(*changed->before, "resourceVersion"), "10");
  EXPECT_EQ(MetadataText(*store.Get("ns/a"), "resourceVersion"), "9");
  EXPECT_TRUE(store.Upsert(Pod("a", "9", "another-uid")));
  // Without a version nothing can be known to be the same.
  EXPECT_TRUE(store.Upsert(Pod("b", "")));
  EXPECT_TRUE(store.Upsert(Pod("b", "")));
  EXPECT_FALSE(store.Upsert(Json::object()));
  EXPECT_FALSE(store.Upsert(Json(3)));
}

TEST(Store, RemoveLeavesASuccessorAlone) {
  Store store;
  (void)store.Upsert(Pod("a", "1", "new"));
  EXPECT_FALSE(store.Remove(Pod("a", "5", "old")));
  EXPECT_FALSE(store.Remove(Pod("b", "1")));
  EXPECT_NE(store.Get("ns/a"), nullptr);
  const auto gone = store.Remove(Pod("a", "7", "new"));
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->after, nullptr);
  EXPECT_EQ(store.Get("ns/a"), nullptr);
}

TEST(Store, DropsManagedFields) {
  Store store;
  Json pod = Pod("a", "1");
  pod["metadata"]["managedFields"] = Json::array({{{"manager", "kubectl"}}});
  (void)store.Upsert(pod);
  EXPECT_EQ(*store.Get("ns/a"), Pod("a", "1"));
  pod["metadata"]["resourceVersion"] = "2";
  (void)store.Replace({pod});
  EXPECT_EQ(*store.Get("ns/a"), Pod("a", "2"));
}

TEST(Store, TakesOutWhatItIsToldTo) {
  Store store({}, [](Json* object) { object->erase("status"); });
  Json pod = Pod("a", "1");
  pod["status"]["phase"] = "Running";
  const std::optional<Change> change = store.Upsert(pod);
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->after->contains("status"));
  EXPECT_FALSE(store.Upsert(pod)) << "the same state";
  pod["metadata"]["resourceVersion"] = "2";
  (void)store.Replace({pod});
  EXPECT_FALSE(store.Get("ns/a")->contains("status"));
  EXPECT_EQ(MetadataText(*store.Get("ns/a"), "resourceVersion"), "2");
}

TEST(Store, FindsByLabelAsItChanges) {
  Store store({{"experiment", ByLabel("exp")}});
  (void)store.Replace({Labelled(Pod("a", "1"), "exp", "x"), Labelled(Pod("b", "1"), "exp", "x"),
                       Labelled(Pod("c", "1"), "exp", "y"), Pod("d", "1")});
  EXPECT_THAT(Names(store.Find("experiment", "x")), ElementsAre("a", "b"));
  (void)store.Upsert(Labelled(Pod("a", "2"), "exp", "y"));
  EXPECT_THAT(Names(store.Find("experiment", "x")), ElementsAre("b"));
  EXPECT_THAT(Names(store.Find("experiment", "y")), ElementsAre("a", "c"));
  (void)store.Remove(Pod("b", "1"));
  EXPECT_THAT(store.Find("experiment", "x"), IsEmpty());
  (void)store.Replace({});
  EXPECT_THAT(store.Find("experiment", "y"), IsEmpty());
}

TEST(Store, FindsByTheControllingOwner) {
  Store store({{"owner", ByControllerUid()}});
  Json owned = Pod("a", "1");
  owned["metadata"]["ownerReferences"] = {{{"uid", "u1"}, {"controller", true}},
                                          {{"uid", "u2"}, {"controller", false}},
                                          {{"uid", "u3"}},
                                          {{"uid", 4}, {"controller", true}}};
  (void)store.Upsert(owned);
  Json odd = Pod("b", "1");
  odd["metadata"]["ownerReferences"] = "nonsense";
  (void)store.Upsert(odd);
  EXPECT_THAT(Names(store.Find("owner", "u1")), ElementsAre("a"));
  EXPECT_THAT(store.Find("owner", "u2"), IsEmpty());
  EXPECT_THAT(store.Find("owner", "u3"), IsEmpty());
}

TEST(Store, HoldersKeepWhatTheyHold) {
  Store store;
  (void)store.Upsert(Pod("a", "1"));
  const ObjectPtr held = store.Get("ns/a");
  (void)store.Upsert(Pod("a", "2"));
  (void)store.Replace({});
  EXPECT_EQ(MetadataText(*held, "resourceVersion"), "1");
}

}  // namespace
}  // namespace clockwork::kube
