#include "images/common/wire/client_messages.h"

#include <algorithm>
#include <cstring>

#include "images/common/wire/canonical.h"
#include "images/common/wire/pbf.h"

namespace clockwork::wire {
namespace {

using protozero::pbf_reader;
using protozero::pbf_writer;

// A client may own at most this many models; a longer list in an LS response is cut.
constexpr std::size_t kMaxModels = 1 << 20;

void AppendHeader(pbf_writer& writer, const RequestHeader& header) {
  pbf_writer nested(writer, 1);
  nested.add_int32(1, header.user_id);
  nested.add_int32(2, header.user_request_id);
}

void AppendHeader(pbf_writer& writer, const ResponseHeader& header) {
  pbf_writer nested(writer, 1);
  nested.add_int32(1, header.user_request_id);
  nested.add_int32(2, header.status);
  if (!header.message.empty()) {
    nested.add_string(3, header.message.data(), header.message.size());
  }
}

void ReadHeader(pbf_reader& reader, RequestHeader* header) {
  ReadFields(reader.get_view(), "RequestHeader", 0, [&](pbf_reader& field) {
    switch (field.tag()) {
      case 1:
        header->user_id = field.get_int32();
        return true;
      case 2:
        header->user_request_id = field.get_int32();
        return true;
      default:
        return false;
    }
  });
}

void ReadHeader(pbf_reader& reader, ResponseHeader* header) {
  ReadFields(reader.get_view(), "ResponseHeader", 0, [&](pbf_reader& field) {
    switch (field.tag()) {
      case 1:
        header->user_request_id = field.get_int32();
        return true;
      case 2:
        header->status = field.get_int32();
        return true;
      case 3:
        header->message = View(field.get_view());
        return true;
      default:
        return false;
    }
  });
}

constexpr char kHeaderTag = 1 << 3 | 2;
// With a text of at most this, a response's header has a length of one byte.
constexpr std::size_t kMaxShortText = 64;

bool DecodeCanonical(std::string_view bytes, InferenceRequest* message) {
  CanonicalReader reader(bytes);
  std::string_view header;
  if (!reader.Field(1, &header) || !reader.Field(2, &message->model_id) ||
      !reader.Field(3, &message->batch_size) || !reader.Field(4, &message->slo_factor)) {
    return false;
  }
  CanonicalReader nested(header);
  return reader.AtEnd() && nested.Field(1, &message->header.user_id) &&
         nested.Field(2, &message->header.user_request_id) && nested.AtEnd();
}

bool DecodeCanonical(std::string_view bytes, InferenceResponse* message) {
  CanonicalReader reader(bytes);
  std::string_view header;
  if (!reader.Field(1, &header) || !reader.Field(2, &message->model_id) ||
      !reader.Field(3, &message->batch_size)) {
    return false;
  }
  CanonicalReader nested(header);
  message->header.message = {};
  return reader.AtEnd() && nested.Field(1, &message->header.user_request_id) &&
         nested.Field(2, &message->header.status) &&
         (nested.AtEnd() || nested.Field(3, &message->header.message)) && nested.AtEnd();
}

void AppendGeneral(const InferenceResponse& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
  writer.add_uint32(2, message.model_id);
  writer.add_uint32(3, message.batch_size);
}

ClientModel ReadModel(protozero::data_view bytes) {
  ClientModel model;
  ReadFields(bytes, "ClientModelInfo", Bits(1, 2, 3, 4), [&](pbf_reader& field) {
    switch (field.tag()) {
      case 1:
        model.model_id = field.get_uint32();
        return true;
      case 2:
        model.remote_path = View(field.get_view());
        return true;
      case 3:
        model.input_bytes = field.get_uint64();
        return true;
      case 4:
        model.output_bytes = field.get_uint64();
        return true;
      default:
        return false;
    }
  });
  return model;
}

}  // namespace

void Append(const InferenceRequest& message, std::string* buffer) {
  char bytes[2 + 6 * (1 + kMaxVarintBytes)];
  char* header = bytes + 2;
  char* out = PutField(1, Int32Bits(message.header.user_id), header);
  out = PutField(2, Int32Bits(message.header.user_request_id), out);
  bytes[0] = kHeaderTag;
  bytes[1] = static_cast<char>(out - header);  // below 128
  out = PutField(2, message.model_id, out);
  out = PutField(3, message.batch_size, out);
  *out++ = 4 << 3 | 5;
  std::memcpy(out, &message.slo_factor, sizeof(message.slo_factor));
  out += sizeof(message.slo_factor);
  buffer->append(bytes, static_cast<std::size_t>(out - bytes));
}

Status Decode(std::string_view bytes, InferenceRequest* message) {
  if (DecodeCanonical(bytes, message)) return {};
  *message = {};
  constexpr const char* kName = "ModelInferenceReq";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          ReadHeader(field, &message->header);
          return true;
        case 2:
          message->model_id = field.get_uint32();
          return true;
        case 3:
          message->batch_size = field.get_uint32();
          return true;
        case 4:
          message->slo_factor = field.get_float();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const InferenceResponse& message, std::string* buffer) {
  const std::string_view text = message.header.message;
  if (text.size() > kMaxShortText) {
    AppendGeneral(message, buffer);
    return;
  }
  char bytes[4 + 4 * (1 + kMaxVarintBytes) + kMaxShortText];
  char* header = bytes + 2;
  char* out = PutField(1, Int32Bits(message.header.user_request_id), header);
  out = PutField(2, Int32Bits(message.header.status), out);
  if (!text.empty()) {
    *out++ = 3 << 3 | 2;
    *out++ = static_cast<char>(text.size());
    out = std::copy(text.begin(), text.end(), out);
  }
  bytes[0] = kHeaderTag;
  bytes[1] = static_cast<char>(out - header);  // below 128
  out = PutField(2, message.model_id, out);
  out = PutField(3, message.batch_size, out);
  buffer->append(bytes, static_cast<std::size_t>(out - bytes));
}

Status Decode(std::string_view bytes, InferenceResponse* message) {
  if (DecodeCanonical(bytes, message)) return {};
  *message = {};
  constexpr const char* kName = "ModelInferenceRsp";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          ReadHeader(field, &message->header);
          return true;
        case 2:
          message->model_id = field.get_uint32();
          return true;
        case 3:
          message->batch_size = field.get_uint32();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const LoadModelRequest& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
  writer.add_string(2, message.remote_path.data(), message.remote_path.size());
  writer.add_int32(3, message.copies);
}

Status Decode(std::string_view bytes, LoadModelRequest* message) {
  constexpr const char* kName = "LoadModelFromDiskReq";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          ReadHeader(field, &message->header);
          return true;
        case 2:
          message->remote_path = View(field.get_view());
          return true;
        case 3:
          message->copies = field.get_int32();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const LoadModelResponse& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
  writer.add_uint32(2, message.model_id);
  writer.add_uint64(3, message.input_bytes);
  writer.add_uint64(4, message.output_bytes);
  writer.add_int32(5, message.copies_created);
}

Status Decode(std::string_view bytes, LoadModelResponse* message) {
  constexpr const char* kName = "LoadModelFromDiskRsp";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4, 5), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          ReadHeader(field, &message->header);
          return true;
        case 2:
          message->model_id = field.get_uint32();
          return true;
        case 3:
          message->input_bytes = field.get_uint64();
          return true;
        case 4:
          message->output_bytes = field.get_uint64();
          return true;
        case 5:
          message->copies_created = field.get_int32();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const HeaderOnlyRequest& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
}

Status Decode(std::string_view bytes, HeaderOnlyRequest* message) {
  constexpr const char* kName = "request";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1), [&](pbf_reader& field) {
      if (field.tag() != 1) return false;
      ReadHeader(field, &message->header);
      return true;
    });
  });
}

void Append(const EvictResponse& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
}

Status Decode(std::string_view bytes, EvictResponse* message) {
  constexpr const char* kName = "EvictRsp";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1), [&](pbf_reader& field) {
      if (field.tag() != 1) return false;
      ReadHeader(field, &message->header);
      return true;
    });
  });
}

void Append(const UploadModelResponse& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
  writer.add_uint32(2, 0);
  writer.add_uint64(3, 0);
  writer.add_uint64(4, 0);
}

void Append(const LsResponse& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
  for (const ClientModel& model : message.models) {
    pbf_writer nested(writer, 2);
    nested.add_uint32(1, model.model_id);
    nested.add_string(2, model.remote_path.data(), model.remote_path.size());
    nested.add_uint64(3, model.input_bytes);
    nested.add_uint64(4, model.output_bytes);
  }
}

Status Decode(std::string_view bytes, LsResponse* message) {
  constexpr const char* kName = "LSRsp";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          ReadHeader(field, &message->header);
          return true;
        case 2: {
          const ClientModel model = ReadModel(field.get_view());
          if (message->models.size() < kMaxModels) message->models.push_back(model);
          return true;
        }
        default:
          return false;
      }
    });
  });
}

}  // namespace clockwork::wire
