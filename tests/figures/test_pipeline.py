"""The pipeline on a small figure: resumption, whole files, reproducible bytes, and the check."""

import os
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from click.testing import CliRunner

from corollary.figures import Figure, Recipe, Table, build, check, select, stored_table
from corollary.figures import _pipeline as pipeline
from corollary.verify.cli import main


def silent(what, done, total):
    assert 0 <= done <= total and what


class Counter:
    """A data step in three parts that counts its work and can be stopped before a part."""

    def __init__(self):
        self.computed = []
        self.stop_before = None
        self.factor = 1.0

    def __call__(self, parameters, work):
        def part(k):
            if k == self.stop_before:
                raise KeyboardInterrupt
            self.computed.append(k)
            x = np.array([k / 3, k / 3 + 0.1])
            return {"x": x, "y": self.factor * x**2}

        parts = []
        for k in range(parameters["parts"]):
            work.progress("parts", k, parameters["parts"])
            parts.append(work.part(f"part-{k}", lambda k=k: part(k)))
        return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def draw(tables):
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(2, 2))
    axes = picture.subplots()
    axes.plot(tables["square"]["x"], tables["square"]["y"], "o-")
    axes.set(xlabel="$x$ (m)", ylabel="$x^2$ (m²)")
    return picture


def violations(tables):
    square = tables["square"]
    return ["not a square"] if (square["y"] > square["x"] ** 2 + 1e-9).any() else []


@pytest.fixture
def counter():
    return Counter()


@pytest.fixture
def figure(counter):
    recipe = Recipe("square", {"parts": 3}, counter, {"x": "m"})
    return Figure("softmax.test-figure", "a parabola", (recipe,), draw, violations)


@pytest.fixture
def stored(figure, counter, tmp_path, monkeypatch):
    """Store the tables of the figure in a folder of their own."""
    build(figure, tmp_path / "made", silent)
    monkeypatch.setattr(pipeline, "STORED", tmp_path / "made" / "tables")
    counter.computed.clear()
    return tmp_path / "made" / "tables" / "softmax.test-figure.square.csv"


def test_a_build_writes_tables_and_three_pictures_and_nothing_else(figure, tmp_path):
    paths = build(figure, tmp_path, silent)
    assert {path.suffix for path in paths} == {".svg", ".pdf", ".png"}
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {path.name for path in paths} | {"tables/softmax.test-figure.square.csv"}
    header = Table.from_csv(next((tmp_path / "tables").iterdir()).read_text()).header
    assert header["parameters"] == {"parts": 3} and header["units"] == {"x": "m"}
    assert {"corollary", "numpy", "python"} <= set(header["versions"])


def test_an_interrupted_data_step_continues_where_it_stopped(figure, counter, tmp_path):
    counter.stop_before = 2
    with pytest.raises(KeyboardInterrupt):
        build(figure, tmp_path, silent)
    assert counter.computed == [0, 1]
    assert not list(tmp_path.glob("*.svg")) and not list(tmp_path.glob("tables/*.csv"))
    counter.stop_before = None
    build(figure, tmp_path, silent)
    assert counter.computed == [0, 1, 2]


def test_a_finished_table_is_not_computed_again(figure, counter, tmp_path):
    build(figure, tmp_path, silent)
    build(figure, tmp_path, silent)
    assert counter.computed == [0, 1, 2]


@pytest.mark.parametrize("what", ["parameters", "sources"])
def test_a_table_of_other_parameters_or_sources_is_computed_again(
    what, figure, counter, tmp_path, monkeypatch
):
    counter.stop_before = 2
    with pytest.raises(KeyboardInterrupt):
        build(figure, tmp_path, silent)
    counter.stop_before = None
    if what == "parameters":
        other = replace(figure, recipes=(replace(figure.recipes[0], parameters={"parts": 2}),))
    else:
        monkeypatch.setattr(pipeline, "_sources", lambda family: "another hash")
        other = figure
    build(other, tmp_path, silent)
    assert counter.computed[:4] == [0, 1, 0, 1]
    build(figure, tmp_path, silent)
    assert len(counter.computed) == (7 if what == "parameters" else 5)


def test_the_bytes_do_not_depend_on_the_run_or_on_the_users_style(figure, tmp_path):
    first = [path.read_bytes() for path in build(figure, tmp_path / "a", silent)]
    with matplotlib.rc_context({"lines.linewidth": 9, "svg.hashsalt": "other"}):
        second = [path.read_bytes() for path in build(figure, tmp_path / "b", silent)]
        assert matplotlib.rcParams["lines.linewidth"] == 9
    assert first == second
    assert (tmp_path / "a/tables/softmax.test-figure.square.csv").read_bytes() == (
        tmp_path / "b/tables/softmax.test-figure.square.csv"
    ).read_bytes()


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "file"
    pipeline.write_bytes(path, b"before")

    def fail(self, target):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.Path, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            pipeline.write_bytes(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_check_of_what_is_stored_finds_no_difference(figure, stored):
    outcomes = check(figure, None, silent)
    assert [outcome.differences for outcome in outcomes] == [(), ()]
    assert outcomes[0].compared == "all 6 rows"


def test_a_check_names_a_changed_number(figure, stored):
    text = stored.read_text()
    assert text.count("0.111111111111") == 1
    stored.write_text(text.replace("0.111111111111", "0.111111222222"))
    table, law = check(figure, None, silent)
    assert "y: 1 of 6 rows differ, first row 2" in table.differences[0]
    assert law.differences == ("not a square",)


def test_a_check_names_a_changed_computation(figure, counter, stored):
    counter.factor = 1 + 1e-6
    assert "y: " in check(figure, None, silent)[0].differences[0]


def test_a_check_refuses_other_parameters_and_missing_tables(figure, stored):
    other = replace(figure, recipes=(replace(figure.recipes[0], parameters={"parts": 2}),))
    assert "stored with {'parts': 3}" in check(other, None, silent)[0].differences
    stored.unlink()
    assert check(figure, None, silent)[0].differences == ("no table is stored",)


def test_a_check_prefers_what_an_earlier_run_left_and_writes_nothing(
    figure, counter, stored, tmp_path
):
    counter.factor = 1.01
    build(figure, tmp_path / "out", silent)
    counter.computed.clear()
    before = sorted(tmp_path.rglob("*"))
    scattered = replace(figure, recipes=(replace(figure.recipes[0], scatter={"y": 0.1}),))
    assert check(scattered, tmp_path / "out", silent)[0].differences == ()
    assert check(figure, tmp_path / "out", silent)[0].differences != ()
    assert counter.computed == [] and sorted(tmp_path.rglob("*")) == before


def test_a_slow_table_is_checked_by_its_excerpt(figure, counter, stored):
    def excerpt(parameters, table, work):
        part = {name: column[:2] for name, column in table.columns.items()}
        return part, {"x": part["x"], "y": part["y"] + counter.factor - 1}

    recipe = replace(figure.recipes[0], excerpt=excerpt, excerpt_is="the first part")
    slow = replace(figure, recipes=(recipe,))
    outcome = check(slow, None, silent)[0]
    assert outcome.compared == "the first part" and not outcome.differences
    counter.factor = 1.001
    assert check(slow, None, silent)[0].differences
    assert counter.computed == []


def test_the_command_reports_and_exits_by_what_it_found(figure, stored, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "catalogue", lambda long=False: {figure.name: figure})
    arguments = ["figures", "softmax.test-figure", "--out", str(tmp_path / "out")]
    built = CliRunner().invoke(main, arguments)
    assert built.exit_code == 0 and "svg, pdf, png" in built.output
    assert (tmp_path / "out" / "softmax.test-figure.pdf").read_bytes().startswith(b"%PDF")
    passed = CliRunner().invoke(main, [*arguments, "--check"])
    assert passed.exit_code == 0 and "as stored (6 rows made before)" in passed.output
    stored.write_text(stored.read_text().replace("0.111111111111", "0.2"))
    failed = CliRunner().invoke(main, [*arguments, "--check"])
    assert failed.exit_code == 1 and "DIFFERS" in failed.output
    unknown = CliRunner().invoke(main, ["figures", "softmax.nothing"])
    assert unknown.exit_code == 2 and "no figure 'softmax.nothing'" in unknown.output


def test_figures_are_selected_by_name_and_by_family():
    everything = [figure.name for figure in select()]
    family = [figure.name for figure in select(["softmax"])]
    assert family == [name for name in everything if name.startswith("softmax.")] != []
    assert [figure.name for figure in select(["softmax.envelopes"])] == ["softmax.envelopes"]
    assert [figure.name for figure in select(["softmax.max-retrieval"], long=True)] == [
        "softmax.max-retrieval-long"
    ]
    with pytest.raises(ValueError, match=r"no long run 'softmax\.envelopes'"):
        select(["softmax.envelopes"], long=True)
    with pytest.raises(FileNotFoundError):
        nothing = Recipe("nothing", {}, lambda parameters, work: {})
        stored_table(select(["softmax.envelopes"])[0], nothing)


def test_a_worker_runs_its_matrix_products_on_one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    with pipeline.single_threaded_worker() as worker:
        inside = worker.submit(os.getenv, "OPENBLAS_NUM_THREADS").result()
        assert worker.submit(os.getpid).result() != os.getpid()
    assert inside == "1"
    assert os.environ["OMP_NUM_THREADS"] == "7"
