"""What reports take and give: frames of any make, empty ones, the same columns and dtypes; what they draw."""

from __future__ import annotations

import pickle

import matplotlib as mpl
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import operate_frames as of
from operate_frames import optional
from operate_frames.analysis.reports.report_frame import ReportFrame
from tests.support.report_rows import NOW, frame_of

mpl.use("Agg")

START = pd.Timestamp("2026-10-01T08:00Z")


def at(hours):
    return START + pd.Timedelta(hours=hours)


def instance(key, process, version, start, end, *, state="COMPLETED"):
    return {
        "process_instance_key": key,
        "process_definition_id": process,
        "process_definition_version": version,
        "start_date": at(start),
        "end_date": None if end is None else at(end),
        "state": state,
        "has_incident": end is None,
    }


def element(key, instance, name, start, end, *, kind="SERVICE_TASK"):
    return {
        "element_instance_key": key,
        "process_instance_key": instance,
        "process_definition_id": "order",
        "element_id": name,
        "element_name": name.title(),
        "type": kind,
        "start_date": at(start),
        "end_date": None if end is None else at(end),
        "state": "ACTIVE" if end is None else "COMPLETED",
        "has_incident": False,
    }


INSTANCES = frame_of(
    "process_instances",
    [
        instance(1, "order", 1, 0, 2),
        instance(2, "order", 1, 1, 5),
        instance(3, "order", 2, 2, None, state="ACTIVE"),
        instance(4, "label", 1, 3, 4, state="TERMINATED"),
    ],
)
ELEMENTS = frame_of(
    "element_instances",
    [
        element(11, 1, "start", 0, 0, kind="START_EVENT"),
        element(12, 1, "pack", 0, 1),
        element(13, 1, "check", 1, 1),
        element(14, 1, "pack", 1, 2),
        element(21, 2, "start", 1, 1, kind="START_EVENT"),
        element(22, 2, "pack", 1, None),
        element(23, 2, "pack", 1, 5, kind="MULTI_INSTANCE_BODY"),
    ],
)
INCIDENTS = frame_of(
    "incidents",
    [
        {
            "incident_key": 5,
            "process_instance_key": 2,
            "process_definition_id": "order",
            "element_id": "pack",
            "error_type": "JOB_NO_RETRIES",
            "error_message": "no 4711",
            "creation_time": at(2),
            "state": "ACTIVE",
        }
    ],
)
REPORTS = [
    (of.cycle_times, INSTANCES, {"now": NOW}),
    (of.compare_versions, INSTANCES, {"now": NOW}),
    (of.throughput, INSTANCES, {"tz": "Europe/Berlin"}),
    (of.sla, INSTANCES, {"within": "3h", "tz": "Europe/Berlin", "now": NOW}),
    (of.element_times, ELEMENTS, {"now": NOW}),
    (of.bottlenecks, ELEMENTS, {"now": NOW}),
    (of.stuck_instances, ELEMENTS, {"now": NOW}),
    (of.variants, ELEMENTS, {}),
    (of.rework, ELEMENTS, {}),
    (of.changes_since_start, ELEMENTS, {}),
    (of.incident_report, INCIDENTS, {"now": NOW}),
    (of.incident_report, INCIDENTS, {"by": [], "freq": "D", "now": NOW}),
]
EVERY = pytest.mark.parametrize(("report", "frame", "options"), REPORTS)


@EVERY
def test_no_rows_give_the_columns_and_dtypes_of_many(report, frame, options):
    full, empty = report(frame, **options), report(frame[:0], **options)

    assert len(full) > 0
    assert len(empty) == 0
    pd.testing.assert_series_equal(full.reset_index().dtypes, empty.reset_index().dtypes)
    assert {str(each) for each in full.dtypes} <= {"Int64", "Float64", "string", "boolean", "datetime64[us, UTC]"}


@EVERY
@pytest.mark.parametrize(
    "otherwise",
    [
        lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
        lambda frame: frame.astype(dict.fromkeys(frame.select_dtypes("string"), "category")),
        lambda frame: frame.assign(
            **{each: frame[each].dt.tz_convert("Asia/Tokyo") for each in frame.select_dtypes("datetimetz")}
        ),
        lambda frame: frame.assign(
            **{
                each: frame[each].dt.tz_localize(None).astype("datetime64[ns]")
                for each in frame.select_dtypes("datetimetz")
            }
        ),
        lambda frame: frame.set_axis([7] * len(frame)),
        lambda frame: frame[[*frame.columns[::-1]]].assign(more=object()),
    ],
    ids=["pyarrow", "categories", "another zone", "naive is UTC", "an index of doubles", "other columns"],
)
def test_frames_of_any_make_give_the_same(report, frame, options, otherwise):
    before = otherwise(frame)
    kept = before.copy()
    pd.testing.assert_frame_equal(report(before, **options), report(frame, **options))
    pd.testing.assert_frame_equal(before, kept)


@EVERY
def test_plain_pandas_reads_it_back(report, frame, options, tmp_path):
    made = report(frame, **options)
    kept = pickle.loads(pickle.dumps(made))

    pd.testing.assert_frame_equal(kept, made)
    assert kept.drawn == made.drawn
    made.reset_index().to_parquet(tmp_path / "report.parquet")
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "report.parquet"),
        pd.DataFrame(made.reset_index()),
        check_dtype=False,
        check_frame_type=False,
        check_column_type=False,
    )


def test_a_median_by_hand():
    report = of.cycle_times(INSTANCES, by="process_definition_id", now=at(10))

    assert report.to_dict("index")["order"] == {
        "count": 2,
        "open": 1,
        "mean_seconds": 10_800.0,
        "median_seconds": 10_800.0,
        "p90_seconds": 13_680.0,
        "p95_seconds": 14_040.0,
        "open_mean_seconds": 28_800.0,
        "open_median_seconds": 28_800.0,
        "open_max_seconds": 28_800.0,
    }
    assert report.loc["label", ["open_mean_seconds", "open_max_seconds"]].isna().all()


def test_paths_and_rework_by_hand():
    paths = of.variants(ELEMENTS)
    again = of.rework(ELEMENTS)

    assert paths["path"].to_list() == ["start → pack", "start → pack → check → pack"]
    assert paths["open"].to_list() == [1, 0]
    assert again.loc[("order", "pack")].to_dict() == {
        "instances": 2,
        "open": 1,
        "reworked": 1,
        "entries": 3,
        "repetitions": 1,
        "most_entries": 2,
        "share": 0.5,
    }


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: of.cycle_times("order"), of.WrongType, r"write cycle_times\(process_definition_id='order'\)"),
        (lambda: of.cycle_times([1]), of.WrongType, "takes a frame of of.read_instances"),
        (lambda: of.cycle_times(ELEMENTS), of.UnknownName, "needs process_definition_version, and the rows have"),
        (lambda: of.cycle_times(INSTANCES, state="ACTIVE"), of.QuestionError, "was given rows and state="),
        (lambda: of.cycle_times(INSTANCES, explain=True), of.QuestionError, "was given rows and explain="),
        (lambda: of.cycle_times(INSTANCES.astype({"start_date": "string"})), of.WrongType, "holds string, not dates"),
        (lambda: of.cycle_times(INSTANCES.assign(v=[{}] * 4), by="v"), of.WrongType, "v holds JSON objects or lists"),
        (lambda: of.cycle_times(INSTANCES, by="sate"), of.UnknownName, "needs sate, and the rows have"),
        (
            lambda: of.cycle_times(pd.concat([INSTANCES, INSTANCES[["end_date"]]], axis="columns")),
            of.QuestionError,
            "have end_date more than once",
        ),
        (
            lambda: of.variants(ELEMENTS.astype({"element_instance_key": "string"}).replace("11", "x")),
            of.WrongType,
            "not the Int64 of of.read_element_instances",
        ),
        (lambda: of.cycle_times(INSTANCES["start_date"]), of.WrongType, "not a Series of pandas"),
        (lambda: of.cycle_times(INSTANCES.to_dict("records")), of.WrongType, "or filters by name, not a list"),
        (lambda: of.cycle_times(7), of.WrongType, "or filters by name, not an int"),
        (
            lambda: of.cycle_times(pl.DataFrame({"a": [1]})),
            of.WrongType,
            r"a DataFrame of polars: give its to_pandas\(\)",
        ),
        (lambda: of.cycle_times(pa.table({"a": [1]})), of.WrongType, r"a Table of pyarrow: give its to_pandas\(\)"),
        (lambda: of.cycle_times(pd.DataFrame()), of.UnknownName, "and the rows have none only"),
        (
            lambda: of.cycle_times(INSTANCES.set_index("process_definition_id")),
            of.UnknownName,
            r"needs process_definition_id, .* as its index: give frame.reset_index\(\)",
        ),
        (
            lambda: of.cycle_times(INSTANCES.assign(start_date=INSTANCES["start_date"].where(INSTANCES.index > 1))),
            of.QuestionError,
            r"was given 2 rows without start_date: leave them out with frame.dropna\(subset=\['start_date'\]\)",
        ),
        (
            lambda: of.variants(ELEMENTS.assign(element_instance_key=None)),
            of.QuestionError,
            "7 rows without element_inst",
        ),
        (
            lambda: of.variants(ELEMENTS.assign(process_instance_key=[2.0**53 + 4.0] * 7)),
            of.WrongType,
            "process_instance_key holds float64, in which keys are not exact",
        ),
        (lambda: of.incident_report(INCIDENTS.drop(columns="error_message")), of.UnknownName, "needs error_message"),
        (lambda: of.throughput(INSTANCES, freq=None), of.QuestionError, "freq=None is not known"),
        (lambda: of.sla(INSTANCES), of.QuestionError, r"sla\(\) needs within="),
        (lambda: of.variants(ELEMENTS, instances=[1]), of.WrongType, "instances takes a frame of of.read_instances"),
        (lambda: of.variants(ELEMENTS, instances=INSTANCES[["state"]]), of.UnknownName, "instances needs process_inst"),
        (
            lambda: of.variants(ELEMENTS, instances=INSTANCES.assign(process_instance_key="x")),
            of.WrongType,
            "process_instance_key holds str, not the Int64 of of.read_instances",
        ),
        (
            lambda: of.incident_report(INCIDENTS, audit_logs=resolved(timestamp="2026-10-05")),
            of.WrongType,
            "timestamp holds str, not dates",
        ),
    ],
)
def test_a_frame_that_does_not_fit_is_told(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_rows_of_another_reader_are_told():
    frame = INSTANCES.copy()
    frame.attrs["operate"] = {"resource": "element_instances"}

    with pytest.raises(of.QuestionError, match="and this one was read of element_instances"):
        of.cycle_times(frame)
    with pytest.raises(of.QuestionError, match=r"instances takes .* and this one was read of element_instances"):
        of.variants(ELEMENTS, instances=frame)
    frame.attrs["operate"] = {"resource": "user_tasks"}
    assert len(of.cycle_times(frame)) == 3


@EVERY
def test_frames_without_rows_need_no_dtypes(report, frame, options):
    bare = pd.DataFrame(columns=frame.columns)

    pd.testing.assert_frame_equal(report(bare, **options), report(frame[:0], **options))


def test_frames_that_are_looked_into_may_be_of_any_make():
    running = INSTANCES.convert_dtypes(dtype_backend="pyarrow").assign(
        end_date=INSTANCES["end_date"].dt.tz_localize(None), process_instance_key=["1", "2", "3", "4"]
    )
    pd.testing.assert_frame_equal(of.variants(ELEMENTS, instances=running), of.variants(ELEMENTS, instances=INSTANCES))
    told = of.incident_report(INCIDENTS.assign(state="RESOLVED"), audit_logs=resolved(), now=NOW)
    naive = resolved(timestamp=at(3).tz_localize(None), entity_key=5)
    assert told["resolution_mean_seconds"].to_list() == [3_600.0]
    pd.testing.assert_frame_equal(
        of.incident_report(INCIDENTS.assign(state="RESOLVED"), audit_logs=naive, now=NOW), told
    )


def resolved(**more):
    """An audit log that says when the one incident was resolved, and something of no key."""
    common = {"entity_type": "INCIDENT", "operation_type": "RESOLVE", "result": "SUCCESS", "timestamp": at(3)}
    return pd.DataFrame([{**common, "entity_key": "5", **more}, {**common, "entity_key": "x", **more}])


@EVERY
def test_it_draws_itself(report, frame, options):
    axes = report(frame, **options).plot()

    assert axes.get_title()
    assert axes.get_xlabel() or axes.get_ylabel()
    mpl.pyplot.close("all")


def test_bars_are_sorted_and_labelled_in_a_unit_that_reads_well():
    axes = of.cycle_times(INSTANCES, now=NOW).plot()

    assert axes.get_xlabel() == "hours"
    assert [each.get_text() for each in axes.get_yticklabels()] == ["label · 1", "order · 1"]
    assert [each.get_width() for each in axes.containers[0]] == pytest.approx([1.0, 3.8])
    assert [each.get_text() for each in axes.get_legend().get_texts()] == ["median", "p90"]  # from above
    mpl.pyplot.close("all")


def test_figures_over_time_are_lines():
    later = INCIDENTS.assign(creation_time=at(50), error_type="IO_MAPPING_ERROR")
    axes = of.incident_report(pd.concat([INCIDENTS, later, later]), by="error_type", freq="D").plot()

    assert {each.get_label(): each.get_ydata().tolist() for each in axes.get_lines()} == {
        "IO_MAPPING_ERROR": [0, 2],
        "JOB_NO_RETRIES": [1, 0],
    }
    assert [each.get_linestyle() for each in axes.get_lines()] == ["-", "--"]  # apart in grey, and where they meet
    assert [len(each.get_xdata()) for each in of.throughput(INSTANCES, tz="Asia/Tokyo").plot().get_lines()] == []
    mpl.pyplot.close("all")


@pytest.mark.parametrize("freq", [None, "D"])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_what_is_counted_is_counted_in_whole_numbers_from_zero_on(freq, count):
    later = INCIDENTS.assign(creation_time=at(50))
    axes = of.incident_report(pd.concat([INCIDENTS, *[later] * count]), by="error_type", freq=freq).plot()
    axes.figure.canvas.draw()
    axis = axes.yaxis if freq else axes.xaxis

    assert axis.get_view_interval()[0] == 0
    assert [each.get_text() for each in axis.get_ticklabels() if not each.get_text().isdigit()] == []
    mpl.pyplot.close("all")


def test_a_legend_hides_nothing_and_nothing_is_cut_off():
    long = [f"{'a very long type of incident ' * 2}{number}" for number in range(3)]
    lines = of.incident_report(
        pd.concat([INCIDENTS.assign(error_type=each, creation_time=at(50 * n)) for n, each in enumerate(long)]),
        by="error_type",
        freq="D",
    )
    for axes in (lines.plot(), of.compare_versions(INSTANCES).plot()):
        axes.figure.canvas.draw()
        legend, whole = axes.get_legend().get_window_extent(), axes.figure.bbox
        words = [each for each in (*axes.get_xticklabels(), axes.xaxis.label) if each.get_text()]

        assert not any(legend.overlaps(each) for each in (axes.bbox, *(each.get_window_extent() for each in words)))
        assert whole.x0 <= legend.x0 <= legend.x1 <= whole.x1
        assert whole.y0 <= legend.y0
    mpl.pyplot.close("all")


def test_versions_stand_in_their_order_and_a_single_period_is_a_day():
    rows = [instance(number, "order", number, 0, 9 - abs(number - 2)) for number in (1, 2, 3)]
    versions = of.compare_versions(frame_of("process_instances", rows)).plot()
    period = of.throughput(INSTANCES, freq="YS", tz="Asia/Tokyo").plot()

    assert [each.get_text() for each in versions.get_yticklabels()] == ["order · 3", "order · 2", "order · 1"]
    assert [each.get_text() for each in period.get_yticklabels()] == ["2026-01-01"]
    mpl.pyplot.close("all")


def test_of_many_bars_the_longest_are_drawn():
    rows = [instance(number, f"p{number:02}", 1, 0, number + 1) for number in range(40)]
    report = of.cycle_times(frame_of("process_instances", rows), by="process_definition_id")
    axes = report.plot()

    assert axes.get_title() == "Cycle times (first 25 of 40)"
    assert axes.get_yticklabels()[-1].get_text() == "p39"
    assert len(report.head(3).plot().get_yticklabels()) == 3
    mpl.pyplot.close("all")


def test_pandas_draws_what_it_is_told():
    report = of.cycle_times(INSTANCES)
    axes = report.plot.bar(y="count")

    assert [each.get_height() for each in axes.containers[0]] == [1, 2, 0]
    assert report.plot(kind="bar", y=["count", "open"], title="mine").get_title() == "mine"
    assert report.plot(title="mine").get_title() == "mine"
    assert report[["count"]].plot().get_lines()
    mpl.pyplot.close("all")


def test_what_is_made_of_a_report_is_a_frame_as_any_other():
    report = of.cycle_times(INSTANCES)

    assert isinstance(report, pd.DataFrame)
    assert isinstance(report.head(1), ReportFrame)
    assert type(report["count"]) is pd.Series
    assert report.groupby(level=0)["count"].sum().to_dict() == {"label": 1, "order": 2}


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(optional, "find_spec", lambda name: None)

    with pytest.raises(of.ExtraMissing, match=r"plot\(\) needs matplotlib.*pip install 'operate-frames\[plot\]'"):
        of.cycle_times(INSTANCES).plot()
