// Two threads that race: what the thread sanitizer must not miss (tests/sanitized_programs.cmake
// expects a report).

#include <thread>

int main() {
  volatile int shared = 0;
  const auto count = [&shared] {
    for (int i = 0; i < 100'000; ++i) shared = shared + 1;
  };
  std::thread other(count);
  count();
  other.join();
  return 0;
}
