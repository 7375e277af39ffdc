#!/usr/bin/python3
"""Draws Figure 11 from the two tables of `telemetry figures` (docs/programs.md).

Left: request rate and mean batch size over time for one number of workers, or over the offered load;
right: peak goodput by number of workers. Both as PDF and PNG, named as their tables. Lines are
medians, small points the trials behind them, hollow what a file says is not valid. Dashed lines are
the paper's curve and, right, a published re-run (reference/ORIGIN.md), over the range that was
measured; a band is the ideal, where a file gives one. The same input makes the same bytes.

Exit code 0: drawn; 1: a table is missing or damaged, or a file cannot be written; 2: usage.
"""

import argparse
import csv
import glob
import math
import os
import re
import sys

try:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import (FuncFormatter, LogLocator, MaxNLocator, MultipleLocator,
                                   NullLocator)
except ImportError as missing:
    sys.exit(f"plot_figures: {missing}; install the package python3-matplotlib")

REFERENCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference")
RIGHT_TABLE = "11b_goodput_median_aggregate.tsv"
LEFT_TABLES = "11a_goodput_median_*_workers.tsv"

# The published axes, used where the measurement fits them.
PAPER_WORKERS = 150
PAPER_RATE = 120_000
PAPER_RATE_TICK = 15_000
PAPER_MINUTES = 8
PAPER_BATCH = 8
PAPER_LEFT_WORKERS = 40  # of the published left half, with buckets of one minute

# Columns of the left reference for our measures.
LEFT_REFERENCE = {"throughput": "offered_rps", "goodput": "goodput_rps", "batchsize": "mean_batch"}

GOODPUT, OFFERED, BATCH = "#1f5fa8", "#222222", "#d9730d"
PAPER, RERUN, IDEAL = "#7a7a7a", "#b08968", "#5a9e6f"

# The measured numbers of workers are written below the axis where they are this part of it apart.
TICK_GAP = 0.06
CROWDED = 16  # more medians than these have smaller points

CAPTION = "caption"  # its name among the figure's artists
CAPTION_GAP = 0.08  # inches

STYLE = {
    "font.family": "DejaVu Sans", "font.size": 8, "axes.titlesize": 9, "axes.labelsize": 8.5,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.7,
    "axes.edgecolor": "#444444", "axes.axisbelow": True, "axes.grid": True,
    "grid.color": "#dddddd", "grid.linewidth": 0.6, "xtick.major.width": 0.7,
    "ytick.major.width": 0.7, "legend.frameon": False, "legend.fontsize": 7.5,
    "pdf.fonttype": 42, "savefig.dpi": 220,
}


class InputError(Exception):
    """One sentence for the user."""


def read_table(path, separator="\t"):
    """Columns by name; None for an empty cell."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file, delimiter=separator))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}") from error
    if not rows or not rows[0]:
        raise InputError(f"{path} is empty; run telemetry figures again")
    header, body = rows[0], rows[1:]
    if any(len(row) != len(header) for row in body):
        raise InputError(f"{path} has a row of the wrong length; run telemetry figures again")
    try:
        return {name: [float(row[i]) if row[i] else None for row in body]
                for i, name in enumerate(header)}
    except ValueError as error:
        raise InputError(f"{path} holds a cell that is no number: {error}") from error


def column(table, path, name):
    if name not in table:
        raise InputError(f"{path} has no column {name}; run telemetry figures again")
    return table[name]


def trials(table, measure):
    """The columns of single trials: goodput0, goodput1, ..."""
    return [values for name, values in table.items() if re.fullmatch(measure + r"\d+", name)]


def points(xs, ys):
    """The places where there is a number."""
    return zip(*[(x, y) for x, y in zip(xs, ys) if x is not None and y is not None] or [((), ())])


def until(xs, ys, end):
    """The curve up to x = end, with the value there in between two of its points."""
    kept = [(x, y) for x, y in zip(xs, ys) if y is not None]
    inside = [(x, y) for x, y in kept if x <= end]
    beyond = [(x, y) for x, y in kept if x > end]
    if inside and beyond and inside[-1][0] < end:
        (x0, y0), (x1, y1) = inside[-1], beyond[0]
        inside.append((end, y0 + (y1 - y0) * (end - x0) / (x1 - x0)))
    return zip(*inside) if inside else ((), ())


def largest(*columns):
    return max((value for values in columns for value in values if value is not None), default=0)


def rate_axis(axis, top):
    if PAPER_RATE / 2 < top <= PAPER_RATE:
        axis.set_ylim(0, PAPER_RATE)
        axis.yaxis.set_major_locator(MultipleLocator(PAPER_RATE_TICK))
    else:
        locator = MaxNLocator(nbins=6, steps=[1, 1.5, 2, 2.5, 3, 4, 5, 10])
        axis.yaxis.set_major_locator(locator)
        axis.set_ylim(0, locator.tick_values(0, top * 1.08 or 1)[-1])
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def scatter(axis, xs, columns, label, **style):
    """Points without a line. The legend has the label once, and only where a point is drawn."""
    for values in columns:
        if any(None not in point for point in zip(xs, values)):
            axis.plot(*points(xs, values), linestyle="none", marker="o", clip_on=False,
                      label=label, **style)
            label = None


def scatter_trials(axis, xs, columns, color, label=None):
    scatter(axis, xs, columns, label, markersize=2.6, markeredgewidth=0, color=color, alpha=0.35,
            zorder=2)


def only(values, flags, wanted):
    """Where the flag is the wanted one; None elsewhere."""
    return [value if flag == wanted else None for value, flag in zip(values, flags)]


def read_validity(table, path, options):
    """The flags of each column of goodputs, 1 for what is valid; all valid where no file says more."""
    if not options.validity:
        return {name: [1] * len(values) for name, values in table.items()}
    validity = read_table(options.validity)
    if column(validity, options.validity, "num_models") != column(table, path, "num_models"):
        raise InputError(f"{options.validity} has other rows than {path}")
    return {name: column(validity, options.validity, name) for name in table}


def draw_hollow(axis, workers, table, validity, trial_label, median_label):
    """Rings, small for a trial that is not valid and large for a median of nothing but such."""
    hollow = {name: only(values, validity[name], 0) for name, values in table.items()}
    ring = {"markerfacecolor": "white", "markeredgecolor": GOODPUT}
    scatter(axis, workers, trials(hollow, "goodput"), trial_label, markersize=2.6,
            markeredgewidth=0.6, zorder=5, **ring)
    scatter(axis, workers, [hollow["goodput_median"]], median_label, markersize=4.2,
            markeredgewidth=1.0, zorder=4, **ring)


def draw_right(table, path, options):
    workers = column(table, path, "num_models")
    median = column(table, path, "goodput_median")
    by_trial = trials(table, "goodput")
    if len(workers) < 2:
        raise InputError(f"{path} holds no measurement; run the experiment first")
    validity = read_validity(table, path, options)
    ours = "Goodput" if options.no_paper and options.no_rerun else "Ours"
    last = largest(workers)
    figure, axis = plt.subplots(figsize=(4, 3.5))
    top = largest(median, *by_trial)
    reference = read_table(os.path.join(REFERENCE, "figure_11_right.csv"), ",")
    for wanted, name, label, color, dashes in (
            (not options.no_paper, "paper_goodput_rps", "Paper (OSDI'20)", PAPER, (4, 2)),
            (not options.no_rerun, "rerun_goodput_rps", "Published re-run (2023)", RERUN,
             (1.5, 1.5))):
        if wanted:
            xs, ys = until(reference["workers"], reference[name], last)
            axis.plot(xs, ys, color=color, linewidth=1.1, dashes=dashes, label=label, zorder=1)
            top = max(top, largest(ys))
    if options.ideal:
        ideal = read_table(options.ideal, ",")
        xs, ys = until(column(ideal, options.ideal, "workers"),
                       column(ideal, options.ideal, "goodput_rps"), last)
        # A band, so that a curve that reaches the ideal does not hide it.
        axis.plot(xs, ys, color=IDEAL, linewidth=4, alpha=0.4, zorder=0.9, solid_capstyle="butt",
                  label="Ideal: deciding costs nothing")
        top = max(top, largest(ys))
    draw_hollow(axis, workers, table, validity, options.not_valid,
                f"{ours}, median without a valid trial")
    valid = [only(values, flags, 1)[1:]
             for values, flags in zip(by_trial, trials(validity, "goodput"))]
    scatter_trials(axis, workers[1:], valid, GOODPUT, f"{ours}, single trials")
    axis.plot(*points(workers, median), color=GOODPUT, linewidth=1.5, marker="o",
              markersize=4 if len(workers) <= CROWDED else 3,
              markeredgecolor="white", markeredgewidth=0.6, label=f"{ours}, median", clip_on=False,
              zorder=3)
    axis.set_xlabel("Number of Workers")
    axis.set_ylabel("Request Rate (r/s)")
    if PAPER_WORKERS / 2 < last <= PAPER_WORKERS:
        axis.set_xlim(0, PAPER_WORKERS)
        axis.set_xticks(range(10, PAPER_WORKERS + 1, 20))
        axis.tick_params(axis="x", rotation=45)
    else:
        axis.set_xlim(0, last * 1.04)
        measured = [count for count in workers if count]
        if all(b - a >= TICK_GAP * last for a, b in zip(measured, measured[1:])):
            axis.set_xticks(measured)
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    rate_axis(axis, top)
    handles, labels = axis.get_legend_handles_labels()
    axis.legend(handles[::-1], labels[::-1], loc="upper left", borderaxespad=0.2)
    return figure


def left_reference(workers, minutes, options):
    """The paper's curves, when this is the experiment that it shows."""
    steps = {round(b - a, 6) for a, b in zip(minutes, minutes[1:])}
    if options.no_paper or workers != PAPER_LEFT_WORKERS or steps != {1.0}:
        return None
    return read_table(os.path.join(REFERENCE, "figure_11_left.csv"), ",")


def draw_left(table, path, options):
    workers = int(re.search(r"_(\d+)_workers", os.path.basename(path)).group(1))
    minutes = [t for t in column(table, path, "t") if t is not None]
    if not minutes:
        raise InputError(f"{path} holds no bucket; give the experiment at least two load steps")
    in_minutes = minutes[-1] >= 3
    scale, unit = (1, "minutes") if in_minutes else (60, "seconds")
    xs = [t * scale for t in minutes]
    panels = {"height_ratios": [2.2, 1], "hspace": 0.12}
    figure, (rate, batch) = plt.subplots(2, 1, figsize=(4, 3.5), sharex=True, gridspec_kw=panels)
    reference = left_reference(workers, minutes, options)
    top = 0
    for axis, measure, label, color in ((rate, "throughput", "Offered Load", OFFERED),
                                        (rate, "goodput", "Goodput", GOODPUT),
                                        (batch, "batchsize", "Mean Batch Size", BATCH)):
        median = column(table, path, measure + "_median")
        scatter_trials(axis, xs, trials(table, measure), color)
        axis.plot(*points(xs, median), color=color, linewidth=1.5, label=label, zorder=3,
                  marker="o", markersize=3, markeredgecolor="white", markeredgewidth=0.5,
                  clip_on=False)
        if axis is rate:
            top = max(top, largest(median, *trials(table, measure)))
        if reference:
            rx, ry = until(reference["minute"], reference[LEFT_REFERENCE[measure]], minutes[-1])
            axis.plot(rx, ry, color=PAPER, linewidth=1.1, dashes=(4, 2), zorder=1,
                      label="Paper (OSDI'20)" if measure == "goodput" else None)
            if axis is rate:
                top = max(top, largest(ry))
    rate.set_ylabel("Request Rate (r/s)")
    rate_axis(rate, top)
    rate.legend(loc="upper left", borderaxespad=0.2, title=f"N = {workers} workers",
                title_fontsize=7.5, alignment="left")
    batch.set_ylabel("Mean Batch\nSize")
    batch.set_ylim(0, batch_top(table))
    batch.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    batch.set_xlabel(f"Time ({unit})")
    if PAPER_MINUTES / 2 < minutes[-1] <= PAPER_MINUTES:
        batch.set_xlim(0, PAPER_MINUTES)
        batch.xaxis.set_major_locator(MultipleLocator(1))
    else:
        batch.set_xlim(min(0, xs[0]), xs[-1] * 1.03 or scale)
        if len(xs) <= 12:
            batch.set_xticks(xs)
            batch.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    figure.align_ylabels()
    return figure


def draw_load(table, path, options):
    """The left figure over the offered load, where steps of any length can be compared."""
    workers = int(re.search(r"_(\d+)_workers", os.path.basename(path)).group(1))
    known = "offered" in table  # else what was answered in that time stands for it
    offered = column(table, path, "offered" if known else "throughput_median")
    if not any(offered):
        raise InputError(f"{path} holds no bucket; give the experiment at least two load steps")
    panels = {"height_ratios": [2.2, 1], "hspace": 0.12}
    figure, (rate, batch) = plt.subplots(2, 1, figsize=(4, 3.5), sharex=True, gridspec_kw=panels)
    paper = None
    if workers == PAPER_LEFT_WORKERS and not options.no_paper:
        paper = read_table(os.path.join(REFERENCE, "figure_11_left.csv"), ",")
    ours = "Ours" if paper else "Goodput"
    top = largest(column(table, path, "goodput_median"), *trials(table, "goodput"))
    ends = [min(value for value in offered if value), largest(offered)]
    if paper:
        top = max(top, largest(paper["goodput_rps"]))
        ends = [min(ends[0], *paper["offered_rps"]), max(ends[1], *paper["offered_rps"])]
    rate.plot(*line_to(top * 1.08, ends), color=OFFERED, linewidth=0.9, dashes=(1, 1.5), zorder=1,
              label="All that is offered" if known else "All that is answered")
    for axis, measure, color in ((rate, "goodput", GOODPUT), (batch, "batchsize", BATCH)):
        scatter_trials(axis, offered, trials(table, measure), color)
        axis.plot(*points(offered, column(table, path, measure + "_median")), color=color,
                  linewidth=1.5, marker="o", markersize=4, markeredgecolor="white", clip_on=False,
                  markeredgewidth=0.6, zorder=3, label=f"{ours}, median")
        if paper:
            axis.plot(paper["offered_rps"], paper[LEFT_REFERENCE[measure]], color=PAPER, marker="D",
                      linewidth=1.1, dashes=(4, 2), markersize=3, zorder=4, clip_on=False,
                      markeredgecolor="white", markeredgewidth=0.5, label="Paper (OSDI'20)")
    rate.set_ylabel("Goodput (r/s)")
    rate_axis(rate, top)
    rate.legend(loc="lower right", borderaxespad=0.2, title=f"N = {workers} workers",
                title_fontsize=7.5, alignment="left")
    batch.set_ylabel("Mean Batch\nSize")
    batch.set_ylim(0, batch_top(table))
    batch.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    load_axis(batch, ends, "Offered Load (r/s)" if known else "Answered Requests (r/s)")
    figure.align_ylabels()
    return figure


def line_to(top, ends):
    """Goodput equal to the offered load, from the smallest load as far as there is room."""
    low, high = ends[0], min(top, ends[1])
    loads = [low * (high / low) ** (i / 100) for i in range(101)]
    return loads, loads


def load_axis(axis, ends, label):
    axis.set_xlabel(label)
    axis.set_xscale("log")
    axis.set_xlim(ends[0] / 1.06, ends[1] * 1.06)
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def batch_top(table):
    most = largest(table["batchsize_median"], *trials(table, "batchsize"))
    return PAPER_BATCH if most <= PAPER_BATCH else 2 ** math.ceil(math.log2(most))


def add_caption(figure, caption):
    """Below all that is drawn, in lines no wider than that; a longer word has a line to itself."""
    renderer = figure.canvas.get_renderer()
    drawn = figure.get_tightbbox(renderer)
    width, height = figure.get_size_inches()
    text = figure.text((drawn.x0 + drawn.x1) / 2 / width, (drawn.y0 - CAPTION_GAP) / height, "",
                       gid=CAPTION, ha="center", va="top", fontsize=7, color="#555555")

    def fits(line):
        text.set_text(line)
        return text.get_window_extent(renderer).width <= drawn.width * figure.dpi

    lines = []
    for word in caption.split():
        if lines and fits(f"{lines[-1]} {word}"):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    text.set_text("\n".join(lines))


def save(figure, output, stem, options):
    if options.title:
        figure.suptitle(options.title, y=0.95, fontsize=9)
    if options.caption:
        add_caption(figure, options.caption)
    # Without dates and versions: the same table makes the same bytes.
    metadata = {"pdf": {"CreationDate": None, "Producer": None, "Creator": None},
                "png": {"Software": None}}
    for kind, entries in metadata.items():
        path = os.path.join(output, f"{stem}.{kind}")
        temporary = f"{path}.tmp"
        try:
            figure.savefig(temporary, format=kind, bbox_inches="tight", pad_inches=0.06,
                           metadata=entries)
            os.replace(temporary, path)
        except OSError as error:
            raise InputError(f"cannot write {path}: {error}") from error
    plt.close(figure)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Draws Figure 11 from its two tables.")
    parser.add_argument("--data", required=True, metavar="DIR", help="where the tables are")
    parser.add_argument("--output", required=True, metavar="DIR", help="where the figures go")
    parser.add_argument("--title", default="", help="a line above both figures")
    parser.add_argument("--caption", default="", metavar="TEXT", help="a text below both figures, wrapped")
    parser.add_argument("--ideal", default="", metavar="FILE",
                        help="a table with columns workers,goodput_rps to draw beside the right one")
    parser.add_argument("--validity", default="", metavar="FILE",
                        help="the right table with 1 for what is valid and 0 for what is not, "
                             "which is drawn hollow; a median is valid when one of its trials is")
    parser.add_argument("--not-valid", default="trial that is not valid", metavar="TEXT",
                        help="what the legend calls a trial that is not valid")
    parser.add_argument("--by-load", action="store_true",
                        help="draw left ones over their column offered, or what was answered where they "
                             "have none, and not over time")
    parser.add_argument("--no-paper", action="store_true", help="leave out the paper's curves")
    parser.add_argument("--no-rerun", action="store_true", help="leave out the published re-run")
    # The image says what it was built from.
    parser.add_argument("--version", action="version", help="print the version and exit",
                        version="plot_figures " + os.environ.get("CLOCKWORK_VERSION", "(source tree)"))
    return parser.parse_args()


def draw_all(options):
    if not os.path.isdir(options.data):
        raise InputError(f"--data: {options.data} is not a directory; name an existing one")
    right = os.path.join(options.data, RIGHT_TABLE)
    lefts = sorted(glob.glob(os.path.join(glob.escape(options.data), LEFT_TABLES)))
    if not lefts:
        raise InputError(f"--data: {options.data} holds no {LEFT_TABLES}; "
                         "run telemetry figures first")
    # Both are drawn before either is written.
    figures = [(right, draw_right(read_table(right), right, options))]
    draw = draw_load if options.by_load else draw_left
    figures += [(left, draw(read_table(left), left, options)) for left in lefts]
    os.makedirs(options.output, exist_ok=True)
    for path, figure in figures:
        save(figure, options.output, os.path.splitext(os.path.basename(path))[0], options)


def main():
    options = parse_arguments()
    try:
        with plt.rc_context(STYLE):
            draw_all(options)
    except (InputError, OSError) as error:
        print(f"plot_figures: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
