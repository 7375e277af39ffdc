#include "operator/kube/cpprest_exchange.h"

#include <cpprest/astreambuf.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "images/common/base/parse.h"

namespace clockwork::kube {
namespace {

constexpr std::int64_t kMaxRetryAfterSeconds = 3600;

// The library's view of an AnswerBuffer: write-only, and a write that is not done yet is how the
// library is told to stop reading.
class Sink final : public concurrency::streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  using Base = concurrency::streams::details::streambuf_state_manager<std::uint8_t>;
  using int_type = Base::int_type;
  using pos_type = Base::pos_type;
  using off_type = Base::off_type;

  explicit Sink(std::shared_ptr<AnswerBuffer> buffer)
      : Base(std::ios_base::out), buffer_(std::move(buffer)) {}

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  std::size_t buffer_size(std::ios_base::openmode /*mode*/) const override { return 0; }
  void set_buffer_size(std::size_t /*size*/, std::ios_base::openmode /*mode*/) override {}
  std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode /*mode*/) const override { return None(); }
  pos_type seekpos(pos_type /*at*/, std::ios_base::openmode /*mode*/) override { return None(); }
  pos_type seekoff(off_type /*by*/, std::ios_base::seekdir /*from*/,
                   std::ios_base::openmode /*mode*/) override {
    return None();
  }
  bool acquire(std::uint8_t*& pointer, std::size_t& count) override {
    pointer = nullptr;
    count = 0;
    return false;
  }
  void release(std::uint8_t* /*pointer*/, std::size_t /*count*/) override {}

 protected:
  pplx::task<std::size_t> _putn(const std::uint8_t* bytes, std::size_t count) override {
    pplx::task_completion_event<std::size_t> room;
    const Taken taken = buffer_->Put(std::string_view(reinterpret_cast<const char*>(bytes), count),
                                     [room, count] { room.set(count); });
    switch (taken) {
      case Taken::kAll:
        return pplx::task_from_result(count);
      case Taken::kFull:
        return pplx::create_task(room);
      default:
        return pplx::task_from_exception<std::size_t>(
            std::runtime_error("nobody takes the answer"));
    }
  }
  pplx::task<int_type> _putc(std::uint8_t byte) override {
    return _putn(&byte, 1).then(
        [byte](std::size_t /*count*/) { return static_cast<int_type>(byte); });
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(std::size_t /*count*/) override { return nullptr; }
  void _commit(std::size_t /*count*/) override {}
  // Nothing is ever read from it.
  pplx::task<int_type> _bumpc() override { return NoByte(); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return NoByte(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return NoByte(); }
  pplx::task<int_type> _ungetc() override { return NoByte(); }
  pplx::task<std::size_t> _getn(std::uint8_t* /*bytes*/, std::size_t /*count*/) override {
    return pplx::task_from_result<std::size_t>(0);
  }
  std::size_t _scopy(std::uint8_t* /*bytes*/, std::size_t /*count*/) override { return 0; }

 private:
  static pos_type None() { return static_cast<pos_type>(traits::eof()); }
  static pplx::task<int_type> NoByte() { return pplx::task_from_result<int_type>(traits::eof()); }

  const std::shared_ptr<AnswerBuffer> buffer_;
};

Nanos RetryAfterNs(const web::http::http_headers& headers) {
  const auto found = headers.find("Retry-After");
  if (found == headers.end()) return 0;
  // The other form, a date, is not used by API servers.
  const auto seconds = ParseInteger("Retry-After", found->second, 0, INT64_MAX);
  return seconds.ok() ? std::min(*seconds, kMaxRetryAfterSeconds) * kSecond : 0;
}

}  // namespace

Exchange::Exchange(std::shared_ptr<AnswerBuffer> buffer, std::shared_ptr<VerificationLog> log)
    : buffer_(std::move(buffer)), log_(std::move(log)) {}

void Exchange::Start(web::http::client::http_client* client, web::http::http_request request) {
  const auto self = shared_from_this();
  const concurrency::streams::streambuf<std::uint8_t> sink(std::make_shared<Sink>(buffer_));
  request.set_response_stream(sink.create_ostream());
  // Every task's end is looked at: one with an exception that nobody reads ends the process.
  try {
    client->request(request, cancellation_.get_token())
        .then([self](const pplx::task<web::http::http_response>& head) {
          try {
            const web::http::http_response response = head.get();
            self->OnHead(response);
            // A stream of ours is never closed by the library; this is how its end is learnt.
            response.content_ready().then([self](const pplx::task<web::http::http_response>& body) {
              try {
                body.get();
                self->End(std::nullopt);
              } catch (...) {
                self->End(ErrorOf(std::current_exception(), self->log_.get()));
              }
            });
          } catch (...) {
            self->End(ErrorOf(std::current_exception(), self->log_.get()));
          }
        });
  } catch (...) {
    End(ErrorOf(std::current_exception(), log_.get()));
  }
}

void Exchange::OnHead(const web::http::http_response& response) {
  const AnswerHead head{response.status_code(), RetryAfterNs(response.headers())};
  const std::lock_guard lock(mutex_);
  if (!head_) head_ = Outcome<AnswerHead>(head);
  changed_.notify_all();
}

bool Exchange::End(std::optional<ApiError> error) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return false;
    ended_ = true;
    if (!head_) {
      head_ = error ? Outcome<AnswerHead>(*error)
                    : Outcome<AnswerHead>(LocalError(Failure::kCut, "there was no answer"));
    }
    changed_.notify_all();
  }
  buffer_->Finish(std::move(error));
  return true;
}

Outcome<AnswerHead> Exchange::WaitForHead(Nanos limit_ns) {
  {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, std::chrono::nanoseconds(limit_ns),
                          [this] { return head_.has_value(); })) {
      return *head_;
    }
  }
  Abort(LocalError(Failure::kTimeout, "the server did not begin to answer in time"));
  const std::lock_guard lock(mutex_);
  return *head_;
}

void Exchange::Abort(const ApiError& reason) {
  if (End(reason)) cancellation_.cancel();
}

bool ExchangeSet::Add(const std::shared_ptr<Exchange>& exchange) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  exchanges_.insert(exchange);
  return true;
}

void ExchangeSet::Remove(const std::shared_ptr<Exchange>& exchange) {
  const std::lock_guard lock(mutex_);
  exchanges_.erase(exchange);
}

void ExchangeSet::AbortAll(const ApiError& reason) {
  std::set<std::shared_ptr<Exchange>> all;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    all.swap(exchanges_);
  }
  for (const auto& exchange : all) exchange->Abort(reason);
}

}  // namespace clockwork::kube
