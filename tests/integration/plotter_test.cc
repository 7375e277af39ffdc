// The plotter as a program. Skipped where Debian's matplotlib is not installed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork {
namespace {

using clockwork::testing::ExitedWith;
using clockwork::testing::RunCommand;
using clockwork::testing::TemporaryDirectory;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kPython[] = "/usr/bin/python3";
constexpr char kPlotter[] = "images/plotter/plot_figures.py";  // SourcePath
constexpr char kLeft[] = "11a_goodput_median_10_workers";
constexpr char kRight[] = "11b_goodput_median_aggregate";

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What a figure without the published curves says in its legend and below, and how far it goes.
constexpr char kWords[] = R"(
import argparse, importlib.util, sys
spec = importlib.util.spec_from_file_location("plotter", sys.argv[1])
plotter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plotter)
draw, table, validity = getattr(plotter, sys.argv[2]), sys.argv[3], sys.argv[4]
options = argparse.Namespace(ideal="", validity=validity, not_valid="late", no_paper=True, no_rerun=True)
axes = draw(plotter.read_table(table), table, options).axes
print("; ".join(text.get_text() for text in axes[0].get_legend().get_texts()))
print(axes[-1].get_xlabel(), "to", f"{max(x for line in axes[-1].lines for x in line.get_xdata()):g}")
)";

class PlotterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto import = RunCommand({.command = {kPython, "-c", "import matplotlib"}});
    if (import == ExitedWith(1) || import == ExitedWith(127)) {  // neither it, nor python
      GTEST_SKIP() << "PLOTTER NOT TESTED: " << kPython << " has no matplotlib";
    }
    Write(kLeft,
          "bucket\tt\tgoodput0\tbatchsize0\tthroughput0\t"
          "goodput_median\tbatchsize_median\tthroughput_median\n"
          "0\t0.0\t900.5\t1.0\t900.5\t900.5\t1.0\t900.5\n"
          "1\t0.05\t1800.0\t6.5\t2000.0\t1800.0\t6.5\t2000.0\n"
          "\t\t\t\t\t\t\t\n");
    Write(kRight,
          "num_models\tgoodput0\tgoodput1\tgoodput2\tgoodput_median\n"
          "0\t0.0\t0.0\t0.0\t0.0\n10\t10000.0\t\t\t10000.0\n20\t\t\t\t\n");
  }
  void Write(const std::string& stem, const std::string& text) const {
    std::ofstream(data_ / (stem + ".tsv")) << text;
  }
  auto Plot(const std::string& output, const std::vector<std::string>& more = {}) {
    std::vector<std::string> command = {kPython,      SourcePath(kPlotter), "--data",
                                        data_.path(), "--output",           output};
    command.insert(command.end(), more.begin(), more.end());
    return RunCommand({.command = command, .environment = {{"MPLCONFIGDIR", cache_.path()}}},
                      nullptr, &err_);
  }
  std::string Words(const std::string& draw, const std::string& stem,
                    const std::string& validity = "") {
    std::string out;
    EXPECT_EQ(RunCommand({.command = {kPython, "-c", kWords, SourcePath(kPlotter), draw,
                                      data_ / (stem + ".tsv"), validity},
                          .environment = {{"MPLCONFIGDIR", cache_.path()}}},
                         &out, &err_),
              ExitedWith(0))
        << err_;
    return out;
  }

  TemporaryDirectory data_;
  TemporaryDirectory output_;
  TemporaryDirectory cache_;
  std::string err_;
};

TEST_F(PlotterTest, DrawsBothFiguresTheSameEachTime) {
  ASSERT_EQ(Plot(output_ / "first"), ExitedWith(0)) << err_;
  ASSERT_EQ(Plot(output_ / "second"), ExitedWith(0)) << err_;
  for (const std::string stem : {kLeft, kRight}) {
    const std::string pdf = ReadBytes(output_ / ("first/" + stem + ".pdf"));
    const std::string png = ReadBytes(output_ / ("first/" + stem + ".png"));
    EXPECT_THAT(pdf, StartsWith("%PDF-1."));
    EXPECT_THAT(pdf.substr(pdf.size() - 8), HasSubstr("%%EOF"));
    EXPECT_THAT(png, StartsWith("\x89PNG\r\n"));
    EXPECT_EQ(pdf, ReadBytes(output_ / ("second/" + stem + ".pdf")));
    EXPECT_EQ(png, ReadBytes(output_ / ("second/" + stem + ".png")));
  }
}

TEST_F(PlotterTest, ReferencesCanBeLeftOut) {
  ASSERT_EQ(Plot(output_ / "with"), ExitedWith(0)) << err_;
  ASSERT_EQ(
      Plot(output_ / "without", {"--no-paper", "--no-rerun", "--title", "T", "--caption", "C"}),
      ExitedWith(0))
      << err_;
  const std::string file = std::string("/") + kRight + ".png";
  EXPECT_NE(ReadBytes(output_ / ("with" + file)), ReadBytes(output_ / ("without" + file)));
}

TEST_F(PlotterTest, TheIdealIsDrawnWhenItIsGiven) {
  std::ofstream(data_ / "ideal.csv") << "workers,goodput_rps\n0,0\n10,10500\n";
  ASSERT_EQ(Plot(output_ / "without"), ExitedWith(0)) << err_;
  ASSERT_EQ(Plot(output_ / "with", {"--ideal", data_ / "ideal.csv"}), ExitedWith(0)) << err_;
  const std::string file = std::string("/") + kRight + ".png";
  EXPECT_NE(ReadBytes(output_ / ("with" + file)), ReadBytes(output_ / ("without" + file)));
  EXPECT_EQ(Plot(output_ / "none", {"--ideal", data_ / "missing.csv"}), ExitedWith(1));
  EXPECT_THAT(err_, HasSubstr("missing.csv"));
}

TEST_F(PlotterTest, WhatIsNotValidIsDrawnHollow) {
  const std::string validity = data_ / "validity.tsv";
  const std::string header = "num_models\tgoodput0\tgoodput1\tgoodput2\tgoodput_median\n";
  const std::string file = std::string("/") + kRight + ".png";
  ASSERT_EQ(Plot(output_ / "without"), ExitedWith(0)) << err_;
  std::ofstream(validity) << header << "0\t1\t1\t1\t1\n10\t1\t\t\t1\n20\t\t\t\t1\n";
  ASSERT_EQ(Plot(output_ / "valid", {"--validity", validity}), ExitedWith(0)) << err_;
  EXPECT_EQ(ReadBytes(output_ / ("without" + file)), ReadBytes(output_ / ("valid" + file)));
  std::ofstream(validity) << header << "0\t1\t1\t1\t1\n10\t0\t\t\t0\n20\t\t\t\t1\n";
  ASSERT_EQ(Plot(output_ / "not", {"--validity", validity, "--not-valid", "late"}), ExitedWith(0))
      << err_;
  EXPECT_NE(ReadBytes(output_ / ("without" + file)), ReadBytes(output_ / ("not" + file)));
  std::ofstream(validity) << header << "0\t1\t1\t1\t1\n";
  EXPECT_EQ(Plot(output_ / "short", {"--validity", validity}), ExitedWith(1));
  EXPECT_THAT(err_, HasSubstr("validity.tsv has other rows than"));
}

TEST_F(PlotterTest, TheLegendNamesWhatIsDrawn) {
  const std::string header = "num_models\tgoodput0\tgoodput1\tgoodput_median\n";
  Write(kRight, header + "0\t0.0\t0.0\t0.0\n10\t9900.0\t\t9900.0\n20\t19800.0\t1.0\t9900.5\n");
  struct Case {
    const char* what;
    const char* flags;
    const char* legend;
  };
  const Case cases[] = {
      {"all are valid", "10\t1\t\t1\n20\t1\t1\t1\n", "Goodput, median; Goodput, single trials"},
      {"one of two is not", "10\t1\t\t1\n20\t1\t0\t1\n",
       "Goodput, median; Goodput, single trials; late"},
      {"both of N = 20 are not", "10\t1\t\t1\n20\t0\t0\t0\n",
       "Goodput, median; Goodput, single trials; Goodput, median without a valid trial; late"},
      {"none is", "10\t0\t\t0\n20\t0\t0\t0\n",
       "Goodput, median; Goodput, median without a valid trial; late"}};
  const std::string validity = data_ / "validity.tsv";
  for (const Case& each : cases) {
    std::ofstream(validity) << header << "0\t1\t1\t1\n" << each.flags;
    EXPECT_EQ(Words("draw_right", kRight, validity),
              std::string(each.legend) + "\nNumber of Workers to 20\n")
        << each.what;
  }
}

TEST_F(PlotterTest, TheLeftFigureIsDrawnOverTheLoadWhenAsked) {
  std::filesystem::rename(data_ / (std::string(kLeft) + ".tsv"),
                          data_ / "11a_goodput_median_40_workers.tsv");
  const std::string file = "/11a_goodput_median_40_workers.png";
  ASSERT_EQ(Plot(output_ / "time"), ExitedWith(0)) << err_;
  ASSERT_EQ(Plot(output_ / "load", {"--by-load"}), ExitedWith(0)) << err_;
  ASSERT_EQ(Plot(output_ / "alone", {"--by-load", "--no-paper"}), ExitedWith(0)) << err_;
  EXPECT_NE(ReadBytes(output_ / ("time" + file)), ReadBytes(output_ / ("load" + file)));
  EXPECT_NE(ReadBytes(output_ / ("alone" + file)), ReadBytes(output_ / ("load" + file)));
}

TEST_F(PlotterTest, TheLoadIsWhatWasOfferedWhereTheTableSaysIt) {
  EXPECT_EQ(Words("draw_load", kLeft),
            "All that is answered; Goodput, median\nAnswered Requests (r/s) to 2000\n");
  Write(kLeft,
        "bucket\tt\tgoodput0\tbatchsize0\tthroughput0\t"
        "goodput_median\tbatchsize_median\tthroughput_median\toffered\n"
        "0\t0.0\t900.5\t1.0\t900.5\t900.5\t1.0\t900.5\t901.0\n"
        "1\t0.05\t1800.0\t6.5\t2000.0\t1800.0\t6.5\t2000.0\t3000.0\n");
  EXPECT_EQ(Words("draw_load", kLeft),
            "All that is offered; Goodput, median\nOffered Load (r/s) to 3000\n");
}

// Asked of the figures themselves: what each way to draw made, with a caption.
constexpr char kCaptionCheck[] = R"(
import argparse, importlib.util, sys
spec = importlib.util.spec_from_file_location("plotter", sys.argv[1])
plotter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plotter)
data, caption = sys.argv[2], sys.argv[3]
options = argparse.Namespace(ideal="", validity="", not_valid="", no_paper=False, no_rerun=False)
with plotter.plt.rc_context(plotter.STYLE):
    for draw, stem in ((plotter.draw_right, sys.argv[4]), (plotter.draw_left, sys.argv[5]),
                       (plotter.draw_load, sys.argv[5])):
        table = f"{data}/{stem}.tsv"
        figure = draw(plotter.read_table(table), table, options)
        renderer = figure.canvas.get_renderer()
        before = figure.get_tightbbox(renderer)
        plotter.add_caption(figure, caption)
        text = next(t for t in figure.texts if t.get_gid() == plotter.CAPTION)
        box = text.get_window_extent(renderer)
        lines = text.get_text().split("\n")
        print("lines", len(lines) > 1, "words", " ".join(lines) == caption)
        print("below", box.y1 < before.y0 * figure.dpi)
        print("inside", box.x0 >= before.x0 * figure.dpi - 1 and box.x1 <= before.x1 * figure.dpi + 1)
        after = figure.get_tightbbox(renderer)
        print("room", after.y0 * figure.dpi <= box.y0 + 1 and after.width <= before.width + 0.05)
)";

TEST_F(PlotterTest, ALongCaptionIsWrappedBelowTheAxes) {
  // Until 150, where the numbers of workers are written aslant and need the most room.
  Write(kRight, "num_models\tgoodput0\tgoodput_median\n0\t0.0\t0.0\n150\t9000.0\t9000.0\n");
  const std::string caption =
      "zoo v100-osdi20 in published order (inferred), 3 trials, load steps of 5 s; paper: servers "
      "of 32 cores, re-run: 30 cores; here: a machine with two cores and a long name";
  std::string out;
  ASSERT_EQ(RunCommand({.command = {kPython, "-c", kCaptionCheck, SourcePath(kPlotter),
                                    data_.path(), caption, kRight, kLeft},
                        .environment = {{"MPLCONFIGDIR", cache_.path()}}},
                       &out, &err_),
            ExitedWith(0))
      << err_;
  const std::string good = "lines True words True\nbelow True\ninside True\nroom True\n";
  EXPECT_EQ(out, good + good + good);
}

TEST_F(PlotterTest, AMissingTableIsNamedAndNothingIsDrawn) {
  std::filesystem::remove(data_ / (std::string(kRight) + ".tsv"));
  EXPECT_EQ(Plot(output_ / "figures"), ExitedWith(1));
  EXPECT_THAT(err_, HasSubstr(kRight));
  EXPECT_FALSE(std::filesystem::exists(output_ / "figures"));
  std::filesystem::remove(data_ / (std::string(kLeft) + ".tsv"));
  EXPECT_EQ(Plot(output_ / "figures"), ExitedWith(1));
  EXPECT_THAT(err_, HasSubstr("11a_goodput_median"));
}

TEST_F(PlotterTest, DamageIsNamed) {
  for (const char* text : {"", "bucket\tt\n", "bucket\tt\n0\n", "bucket\tt\nx\ty\n"}) {
    Write(kLeft, text);
    EXPECT_EQ(Plot(output_ / "figures"), ExitedWith(1)) << text;
    EXPECT_THAT(err_, HasSubstr(kLeft)) << text;
    EXPECT_THAT(err_, ::testing::Not(HasSubstr("Traceback"))) << text;
  }
}

TEST_F(PlotterTest, UsageErrorsExitWithTwo) {
  EXPECT_EQ(Plot(output_ / "figures", {"--colour"}), ExitedWith(2));
}

}  // namespace
}  // namespace clockwork
