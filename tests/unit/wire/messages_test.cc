// Every message is compared with protoc's own code over the schema: our bytes are read by it, its
// bytes are read by us, and both encode alike.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "clockwork.pb.h"
#include "images/common/wire/client_messages.h"
#include "images/common/wire/framing.h"
#include "images/common/wire/worker_messages.h"

namespace clockwork::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename Message>
std::string Encode(const Message& message) {
  std::string bytes;
  Append(message, &bytes);
  return bytes;
}

constexpr std::uint64_t kBig = 0xfedcba9876543210;

TEST(ClientMessages, InferenceRequest) {
  const std::string ours = Encode(InferenceRequest{{-7, 63}, 4025, 1, 1.25F});
  schema::ModelInferenceReq theirs;
  ASSERT_TRUE(theirs.ParseFromString(ours));
  EXPECT_EQ(theirs.SerializeAsString(), ours);
  EXPECT_EQ(theirs.header().user_id(), -7);
  InferenceRequest back;
  ASSERT_TRUE(Decode(ours, &back).ok());
  EXPECT_EQ(back.header.user_id, -7);
  EXPECT_EQ(back.header.user_request_id, 63);
  EXPECT_EQ(back.model_id, 4025U);
  EXPECT_EQ(back.batch_size, 1U);
  EXPECT_EQ(back.slo_factor, 1.25F);
}

TEST(ClientMessages, InferenceResponse) {
  const std::string ours = Encode(InferenceResponse{{5, 4, "timed out"}, 7, 1});
  schema::ModelInferenceRsp theirs;
  ASSERT_TRUE(theirs.ParseFromString(ours));
  EXPECT_EQ(theirs.SerializeAsString(), ours);
  InferenceResponse back;
  ASSERT_TRUE(Decode(ours, &back).ok());
  EXPECT_EQ(back.header.status, 4);
  EXPECT_EQ(back.header.message, "timed out");
}

// The short way of reading takes what every library writes; all else goes the general way.
TEST(ClientMessages, InferenceOfAnyWidth) {
  for (const std::int32_t number :
       {0, 1, 127, 128, 16'383, 16'384, 2'097'152, 268'435'456, INT32_MAX, -1, INT32_MIN}) {
    const auto bits = static_cast<std::uint32_t>(number);
    const std::string request = Encode(InferenceRequest{{number, number}, bits, bits, -0.5F});
    schema::ModelInferenceReq their_request;
    ASSERT_TRUE(their_request.ParseFromString(request)) << number;
    EXPECT_EQ(their_request.SerializeAsString(), request) << number;
    InferenceRequest back;
    ASSERT_TRUE(Decode(request, &back).ok()) << number;
    EXPECT_EQ(Encode(back), request) << number;

    for (const std::size_t length : {0U, 9U, 64U, 65U, 200U}) {
      const std::string text(length, 'x');
      const std::string response = Encode(InferenceResponse{{number, number, text}, bits, bits});
      schema::ModelInferenceRsp their_response;
      ASSERT_TRUE(their_response.ParseFromString(response)) << number;
      EXPECT_EQ(their_response.SerializeAsString(), response) << number;
      InferenceResponse response_back;
      ASSERT_TRUE(Decode(response, &response_back).ok()) << number;
      EXPECT_EQ(Encode(response_back), response) << number;
    }
  }
}

TEST(ClientMessages, InferenceInAnyOrderOfFields) {
  const std::string canonical = Encode(InferenceRequest{{7, 63}, 4025, 1, 1.25F});
  // The header's field is the first; behind the others it means the same.
  const std::size_t header = 2 + static_cast<std::size_t>(canonical[1]);
  const std::string moved = canonical.substr(header) + canonical.substr(0, header);
  for (const std::string& bytes : {moved, canonical + std::string("\x78\x01", 2)}) {
    InferenceRequest back;
    ASSERT_TRUE(Decode(bytes, &back).ok());
    EXPECT_EQ(Encode(back), canonical);
  }
  InferenceRequest cut;
  EXPECT_FALSE(Decode(canonical.substr(0, canonical.size() - 1), &cut).ok());
}

TEST(ClientMessages, LoadModel) {
  const std::string request = Encode(LoadModelRequest{{0, 1}, "/zoo/resnet50_v2/model", 66});
  schema::LoadModelFromDiskReq their_request;
  ASSERT_TRUE(their_request.ParseFromString(request));
  EXPECT_EQ(their_request.SerializeAsString(), request);
  LoadModelRequest back;
  ASSERT_TRUE(Decode(request, &back).ok());
  EXPECT_EQ(back.remote_path, "/zoo/resnet50_v2/model");
  EXPECT_EQ(back.copies, 66);

  const std::string response = Encode(LoadModelResponse{{0, 1, "no"}, 66, kBig, 4000, 66});
  schema::LoadModelFromDiskRsp their_response;
  ASSERT_TRUE(their_response.ParseFromString(response));
  EXPECT_EQ(their_response.SerializeAsString(), response);
  LoadModelResponse response_back;
  ASSERT_TRUE(Decode(response, &response_back).ok());
  EXPECT_EQ(response_back.input_bytes, kBig);
  EXPECT_EQ(response_back.copies_created, 66);
}

TEST(ClientMessages, LsAndTheRest) {
  LsResponse message{{3, 0, ""}, {{0, "a", 1, 2}, {1, "b", 3, 4}}};
  const std::string bytes = Encode(message);
  schema::LSRsp theirs;
  ASSERT_TRUE(theirs.ParseFromString(bytes));
  EXPECT_EQ(theirs.SerializeAsString(), bytes);
  LsResponse back;
  ASSERT_TRUE(Decode(bytes, &back).ok());
  ASSERT_EQ(back.models.size(), 2U);
  EXPECT_EQ(back.models[1].remote_path, "b");

  schema::LSReq request;
  EXPECT_TRUE(request.ParseFromString(Encode(HeaderOnlyRequest{{1, 2}})));
  schema::EvictRsp evict;
  EXPECT_TRUE(evict.ParseFromString(Encode(EvictResponse{{1, 6, "no"}})));
  schema::ModelUploadRsp upload;
  EXPECT_TRUE(upload.ParseFromString(Encode(UploadModelResponse{{1, 6, "no"}})));
}

TEST(WorkerMessages, Actions) {
  LoadModelAction load{1, 66, "/zoo/m/model", 0, UINT64_MAX, 66, 8, 25'000'000};
  schema::LoadModelFromDiskAction their_load;
  ASSERT_TRUE(their_load.ParseFromString(Encode(load)));
  EXPECT_EQ(their_load.SerializeAsString(), Encode(load));
  LoadModelAction load_back;
  const std::string load_bytes = Encode(load);  // load_back points into it
  ASSERT_TRUE(Decode(load_bytes, &load_back).ok());
  EXPECT_EQ(load_back.model_path, "/zoo/m/model");
  EXPECT_EQ(load_back.latest_ns, UINT64_MAX);
  EXPECT_EQ(load_back.max_exec_ns, 25'000'000U);

  LoadWeightsAction weights{2, 3, 4, 5, 6, 7};
  schema::LoadWeightsAction their_weights;
  ASSERT_TRUE(their_weights.ParseFromString(Encode(weights)));
  EXPECT_EQ(their_weights.SerializeAsString(), Encode(weights));
  LoadWeightsAction weights_back;
  ASSERT_TRUE(Decode(Encode(weights), &weights_back).ok());
  EXPECT_EQ(weights_back.expected_duration_ns, 7U);

  EvictWeightsAction evict{2, 3, 4, 0, UINT64_MAX};
  schema::EvictWeightsAction their_evict;
  ASSERT_TRUE(their_evict.ParseFromString(Encode(evict)));
  EXPECT_EQ(their_evict.SerializeAsString(), Encode(evict));

  InferAction infer{9, 4025, 149, 1, 2, 3, 4, {0, 0, 0, 123456}};
  schema::InferAction their_infer;
  ASSERT_TRUE(their_infer.ParseFromString(Encode(infer)));
  EXPECT_EQ(their_infer.SerializeAsString(), Encode(infer));
  InferAction infer_back;
  ASSERT_TRUE(Decode(Encode(infer), &infer_back).ok());
  EXPECT_EQ(infer_back.gpu_id, 149U);
  EXPECT_THAT(infer_back.input_sizes, ElementsAre(0, 0, 0, 123456));
}

// docs/protocol.md shows these bytes.
TEST(WireExample, InferActionOfTheProtocolPage) {
  constexpr std::uint64_t kNow = 1'600'000'000'000'000'000;
  std::string bytes;
  FrameWriter writer(&bytes, static_cast<std::uint64_t>(WorkerMessage::kInfer), 0);
  Append(InferAction{7, 1234, 0, kNow, kNow + 6'000'000, 2'730'000, 1, {0}}, &bytes);
  writer.Finish("", static_cast<Nanos>(kNow), kNoDelta);
  const std::vector<unsigned char> expected = {
      0x22, 0,    0,    0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0,  //
      0x03, 0,    0,    0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0,  //
      0x00, 0x00, 0xa0, 0xd8, 0x85, 0x57, 0x34, 0x16,                             //
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,                             //
      0x08, 0x07, 0x10, 0xd2, 0x09, 0x18, 0x00,                                   //
      0x21, 0x00, 0x00, 0xa0, 0xd8, 0x85, 0x57, 0x34, 0x16,                       //
      0x29, 0x80, 0x8d, 0xfb, 0xd8, 0x85, 0x57, 0x34, 0x16,                       //
      0x30, 0x90, 0xd0, 0xa6, 0x01, 0x38, 0x01, 0x40, 0x00};
  EXPECT_EQ(std::vector<unsigned char>(bytes.begin(), bytes.end()), expected);
}

TEST(WorkerMessages, PackedRepeatedFieldsAreRead) {
  schema::PackedInputSizes packed;
  packed.add_input_sizes(5);
  packed.add_input_sizes(70'000);
  const std::string bytes =
      Encode(InferAction{9, 1, 0, 1, 2, 3, 2, {}}) + packed.SerializeAsString();
  InferAction back;
  ASSERT_TRUE(Decode(bytes, &back).ok());
  EXPECT_THAT(back.input_sizes, ElementsAre(5, 70'000));
}

TEST(WorkerMessages, Results) {
  ErrorResult error{3, 2, 81, "too late", 4, 5};
  schema::ErrorResult their_error;
  ASSERT_TRUE(their_error.ParseFromString(Encode(error)));
  EXPECT_EQ(their_error.SerializeAsString(), Encode(error));
  ErrorResult error_back;
  ASSERT_TRUE(Decode(Encode(error), &error_back).ok());
  EXPECT_EQ(error_back.status, 81);
  EXPECT_EQ(error_back.message, "too late");

  InferResult infer{1, {1, 1, 0}, {1, kBig, 4}, {5, 5, 0}, 6, 1380, 1380, 0, 7};
  schema::InferResult their_infer;
  ASSERT_TRUE(their_infer.ParseFromString(Encode(infer)));
  EXPECT_EQ(their_infer.SerializeAsString(), Encode(infer));
  InferResult infer_back;
  ASSERT_TRUE(Decode(Encode(infer), &infer_back).ok());
  EXPECT_EQ(infer_back.exec.end_ns, kBig);
  EXPECT_EQ(infer_back.gpu_clock, 1380U);

  LoadModelResult load{
      1, {1, 2, 1}, 602112, 4000, {1, 2, 4, 8}, 7U << 24, 7, 8'320'000, {1, 2, 3, 4}, 66, 8, 9};
  schema::LoadModelFromDiskResult their_load;
  ASSERT_TRUE(their_load.ParseFromString(Encode(load)));
  EXPECT_EQ(their_load.SerializeAsString(), Encode(load));
  LoadModelResult load_back;
  ASSERT_TRUE(Decode(Encode(load), &load_back).ok());
  EXPECT_THAT(load_back.supported_batch_sizes, ElementsAre(1, 2, 4, 8));
  EXPECT_THAT(load_back.batch_exec_ns, ElementsAre(1, 2, 3, 4));

  WeightsResult weights{1, {1, 2, 1}, 3, 4};
  schema::WeightsResult their_weights;
  ASSERT_TRUE(their_weights.ParseFromString(Encode(weights)));
  EXPECT_EQ(their_weights.SerializeAsString(), Encode(weights));
  schema::ClearCacheResult clear;
  EXPECT_TRUE(clear.ParseFromString(Encode(ClearCacheResult{1, 2, 3})));
}

TEST(WorkerMessages, WorkerState) {
  GetWorkerStateResult state;
  state.page_bytes = 16 << 20;
  state.host_weights_cache_bytes = UINT64_MAX;
  state.gpus = {{0, 23'085'449'216, 1376, {0, 5}, 1, 2}, {1, 23'085'449'216, 1376, {}, 1, 2}};
  state.models = {{5, "/zoo/m/model", 12288, 40, {1, 2}, 5U << 24, 5, 5'590'000, {10, 20}}};
  const std::string bytes = Encode(state);
  schema::GetWorkerStateResult theirs;
  ASSERT_TRUE(theirs.ParseFromString(bytes));
  EXPECT_EQ(theirs.SerializeAsString(), bytes);
  GetWorkerStateResult back;
  ASSERT_TRUE(Decode(bytes, &back).ok());
  ASSERT_EQ(back.gpus.size(), 2U);
  EXPECT_THAT(back.gpus[0].models, ElementsAre(0, 5));
  ASSERT_EQ(back.models.size(), 1U);
  EXPECT_EQ(back.models[0].weights_pages, 5U);
  EXPECT_THAT(back.models[0].batch_exec_ns, ElementsAre(10, 20));
}

TEST(Decode, NamesTheMissingField) {
  schema::LSReq header_only;
  header_only.mutable_header()->set_user_id(1);
  InferenceRequest request;
  const Status status = Decode(header_only.SerializeAsString(), &request);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "ModelInferenceReq: required field 2 is missing");
}

TEST(Decode, UnknownFieldsAreSkipped) {
  schema::LoadModelFromDiskAction other;  // fields 1..8, of which 1 only is known here
  other.ParsePartialFromString(Encode(LoadModelAction{4, 1, "p", 0, 0, 1, 1, 1}));
  PlainAction plain;
  ASSERT_TRUE(Decode(other.SerializeAsString(), &plain).ok());
  EXPECT_EQ(plain.action_id, 4);
}

// Every truncation and many random changes of valid messages: an error or a value, never a crash.
template <typename Message>
void Torture(const Message& message) {
  const std::string bytes = Encode(message);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    Message back;
    (void)Decode(std::string_view(bytes).substr(0, length), &back).ok();
  }
  std::mt19937_64 random(bytes.size());
  for (int i = 0; i < 2000; ++i) {
    std::string changed = bytes;
    for (int change = 0; change < 3; ++change) {
      changed[random() % changed.size()] = static_cast<char>(random());
    }
    Message back;
    (void)Decode(changed, &back).ok();
  }
}

TEST(Decode, SurvivesTruncatedAndRandomBytes) {
  Torture(InferenceRequest{{1, 2}, 3, 1, 0});
  Torture(InferenceResponse{{1, 2, "text"}, 3, 1});
  Torture(LoadModelRequest{{1, 2}, "path", 1});
  Torture(LsResponse{{1, 2, ""}, {{1, "x", 2, 3}}});
  Torture(InferAction{9, 4025, 149, 1, 2, 3, 4, {0, 0, 0, 123456}});
  Torture(InferResult{1, {1, 1, 0}, {1, 5, 4}, {5, 5, 0}, 6, 1380, 1380, 0, 7});
  Torture(LoadModelResult{1, {1, 2, 1}, 1, 2, {1, 2}, 3, 4, 5, {1, 2}, 6, 8, 9});
  GetWorkerStateResult state;
  state.gpus = {{0, 1, 2, {0, 5}, 1, 2}};
  state.models = {{5, "m", 1, 2, {1, 2}, 3, 5, 4, {10, 20}}};
  Torture(state);
}

}  // namespace
}  // namespace clockwork::wire
