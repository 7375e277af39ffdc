// Stands in for worker_dummy, controller, client or telemetry, whichever name it is started by, and
// misbehaves as the file `behaviour` beside it says: lines "PROGRAM MODE COUNT", where the mode
// holds for the first COUNT starts of that program. Every start is noted in `starts`, every pid in
// `PROGRAM.pid`.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Start {
  fs::path directory;
  std::string program;  // telemetry has its command appended: telemetry-collect
  std::vector<std::string> arguments;
  std::string mode = "ok";

  // The argument after `name`; empty when it is not there.
  std::string After(const std::string& name) const {
    for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
      if (arguments[i] == name) return arguments[i + 1];
    }
    return "";
  }
};

void WriteWhole(const fs::path& file, const std::string& text) {
  const fs::path temporary = file.string() + ".new";
  std::ofstream(temporary) << text;
  fs::rename(temporary, file);
}

int CountStarts(const Start& start) {
  std::ifstream file(start.directory / "starts");
  int count = 0;
  for (std::string line; std::getline(file, line);)
    count += line.starts_with(start.program + " ") ? 1 : 0;
  return count;
}

void NoteStart(Start* start) {
  {
    std::ofstream file(start->directory / "starts", std::ios::app);
    file << start->program;
    for (const std::string& argument : start->arguments) file << ' ' << argument;
    file << " .\n";
  }
  WriteWhole(start->directory / (start->program + ".pid"), std::to_string(::getpid()));
  std::ifstream behaviour(start->directory / "behaviour");
  std::string program;
  std::string mode;
  int count = 0;
  while (behaviour >> program >> mode >> count) {
    if (program == start->program && CountStarts(*start) <= count) start->mode = mode;
  }
}

int Complain(const std::string& sentence, int code) {
  std::fprintf(stderr, "%s\n", sentence.c_str());
  return code;
}

[[noreturn]] void Hang() {
  while (true) ::pause();
}

// Becomes ready and ends on SIGTERM.
int Serve(const Start& start) {
  sigset_t term;
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &term, nullptr);
  WriteWhole(start.After("--ready-file"), start.mode == "badport" ? "{}" : "{\"port\": 4711}\n");
  int signal = 0;
  ::sigwait(&term, &signal);
  return start.mode == "dirty" ? Complain("cannot flush", 1) : 0;
}

pid_t PidOfController(const Start& start) {
  pid_t pid = 0;
  std::ifstream(start.directory / "controller.pid") >> pid;
  return pid;
}

// As when the connection to a controller that is ending breaks: the controller is gone only after
// the client's end is known.
int EndBeforeTheController(const Start& start) {
  const pid_t client = ::getpid();
  if (::fork() != 0) return Complain("the controller closed the connection", 1);
  while (::kill(client, 0) == 0) ::usleep(1'000);
  ::kill(PidOfController(start), SIGKILL);
  return 0;
}

int RunClient(const Start& start) {
  if (start.mode == "endfirst") return EndBeforeTheController(start);
  if (start.mode == "killcontroller") {
    ::kill(PidOfController(start), SIGKILL);
    Hang();
  }
  WriteWhole(
      start.After("--progress-file"),
      "{\"step\": 0, \"steps\": 2, \"factor\": 1.0, \"elapsedSeconds\": 1, \"totalSeconds\": 2, "
      "\"offeredRps\": 500, \"goodRps\": 400, \"phase\": \"running\"}");
  WriteWhole(start.directory / "client.running", "");
  if (start.mode == "hang") Hang();
  const char* lag = start.mode == "invalid" ? "5000" : "20";
  const char* unanswered = start.mode == "unanswered" ? "7" : "0";
  WriteWhole(
      start.After("--summary-file"),
      start.mode == "garbage"
          ? "{\"valid\": tr"
          : std::string(
                "{\"valid\": true, \"invalidReason\": \"\", \"sent\": 100, \"answered\": 100, ") +
                "\"unanswered\": " + unanswered + ", \"lagP99Us\": " + lag +
                ", \"offeredRps\": 2000.0, \"trace\": \"t\", \"zoo\": \"z\", \"modelOrder\": "
                "\"o\", "
                "\"steps\": [{\"offeredRps\": 1000.0}, {\"offeredRps\": 2000.0}]}");
  return 0;
}

int Collect(const Start& start) {
  const fs::path trial =
      fs::path(start.After("--experiment")) / ("trial-" + start.After("--trial"));
  const std::string stem = "file=controller_" + start.After("--config");
  fs::copy_file(start.After("--client-summary"), trial / (stem + "_client.json"));
  WriteWhole(trial / (stem + "_request.tsv"), "rows");
  WriteWhole(trial / (stem + "_action.tsv"), "rows");
  WriteWhole(trial / (stem + "_manifest.json"),
             "{\"version\": 1, \"complete\": true, \"requestRows\": 100, \"actionRows\": 50, "
             "\"droppedRequestRows\": 0, \"droppedActionRows\": 0}");
  return 0;
}

// Goodput is 1000 r/s for each worker, in the second bucket.
int Process(const Start& start) {
  const fs::path in = start.After("-i");
  if (!fs::exists(in / "file=controller_1_request.tsv") ||
      !fs::exists(in / "file=controller_1_action.tsv")) {
    return Complain("no config 1", 1);
  }
  const fs::path out = start.After("-o");
  const std::string workers = start.After("--workers");
  WriteWhole(out / "timeseries_data-1.tsv",
             "bucket\tt\tthroughput\tgoodput\tbatchsize\n0\t0.0\t900\t800\t2.5\n"
             "1\t1.0\t" +
                 workers + "100\t" + workers + "000\t6.5\n");
  WriteWhole(out / "client_tail_cdf_data-1.tsv", "quantile\n");
  WriteWhole(out / "goodput_aggregate_data.tsv",
             "num_models\tgoodput\n" + workers + "\t" + workers + "000.0\n");
  return 0;
}

int MakeFigures(const Start& start) {
  const fs::path out = start.After("-o");
  WriteWhole(out / "11b_goodput_median_aggregate.tsv", "num_models\tgoodput_median\n");
  return 0;
}

int Act(const Start& start) {
  if (start.mode == "crash") return Complain("the sky is falling", 1);
  if (start.mode == "refuse") return Complain("this option is unknown", 2);
  if (start.mode == "hangatstart") Hang();
  if (start.program == "client") return RunClient(start);
  if (start.program == "telemetry-collect") return Collect(start);
  if (start.program == "telemetry-process") return Process(start);
  if (start.program == "telemetry-figures") return MakeFigures(start);
  return Serve(start);
}

}  // namespace

int main(int argc, char** argv) {
  Start start;
  const fs::path own = argv[0];
  start.directory = own.parent_path();
  start.program = own.filename();
  start.arguments.assign(argv + 1, argv + argc);
  if (!start.arguments.empty() && start.arguments[0] == "--version") {
    std::string version = "1.2.3 (fake)";
    if (std::ifstream file(start.directory / "version"); file) std::getline(file, version);
    std::printf("%s %s\n", start.program.c_str(), version.c_str());
    return 0;
  }
  if (start.program == "telemetry" && argc > 1) start.program += std::string("-") + argv[1];
  NoteStart(&start);
  return Act(start);
}
