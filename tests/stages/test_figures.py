"""Each kind of figure is drawn from files, in every format, or refused before anything is drawn."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from command_lines import assert_one_sentence
from discern import plots
from discern.files import write_arrays
from discern.stages import figures

RANDOM = np.random.default_rng(0)
LABELS = np.repeat(np.arange(10), 4).astype(np.uint8)
POINTS = LABELS[:, None] * (1.0, -2.0) + RANDOM.normal(size=(40, 2))
EMBEDDINGS = (LABELS[:, None] + RANDOM.normal(size=(40, 5))).astype(np.float32)
KL = np.array(0.5)
MAP = {"map": POINTS, "labels": LABELS, "kl_divergence": KL}
TURNED = POINTS @ [[0.6, 0.8], [0.8, -0.6]] + 7  # and mirrored
OTHER_MAP = MAP | {"map": TURNED}
PLANE = {"embeddings": POINTS.astype(np.float32), "labels": LABELS}
PAIRS = {"embeddings": EMBEDDINGS, "labels": LABELS}
HEADER = "epoch,loss,validation_loss,learning_rate,seconds\n"
HISTORY = HEADER + "1,0.9,0.8,0.001,2.0\n2,0.7,0.5,0.001,2.0\n3,0.4,0.6,0.001,2.0\n"
OTHER_HISTORY = HEADER + "1,3.0,4.0,0.001,2.0\n"
CONFUSIONS = [[30, 2, 0], [0, 40, 5], [1, 0, 50]]
MEASURES = {
    "neighbours": 7,
    "confusions": CONFUSIONS,
    "verification": {"curve": [[0, 0.125], [0.001, 0.5], [0.1, 0.9], [1, 1]]},
}
OTHER_MEASURES = MEASURES | {"verification": {"curve": [[0.01, 1 / 3], [1, 1]]}}
KINDS = list(figures.KINDS)
STARTS = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml", "pdf": b"%PDF-"}


@pytest.fixture
def folder(tmp_path):
    """Where the inputs are; what is made goes to made/."""
    write_arrays(tmp_path / "one.npz", MAP)
    write_arrays(tmp_path / "two.npz", OTHER_MAP)
    write_arrays(tmp_path / "pairs.npz", PAIRS)
    (tmp_path / "one.csv").write_text(HISTORY)
    (tmp_path / "two.csv").write_text(OTHER_HISTORY)
    (tmp_path / "one.json").write_text(json.dumps(MEASURES))
    (tmp_path / "two.json").write_text(json.dumps(OTHER_MEASURES))
    return tmp_path


@pytest.fixture
def run(folder):
    """Runs a kind with the inputs it needs; ``changes`` are options instead of others."""

    def run(kind, formats=("png",), **changes):
        options = {
            "map": {"map": "one.npz", "title": "A row"},
            "distances": {"embeddings": "pairs.npz", "title": "A row", "distance": "cosine"},
            "confusions": {"measures": "one.json", "title": "A row"},
            "training_curves": {"history": "one.csv", "title": "A row"},
            "verification": {"measures": ["one.json", "two.json"], "titles": '["one", "two"]'},
            "gallery": {"maps": ["one.npz", "two.npz"], "titles": '["one", "two"]'},
            "curves": {"histories": ["one.csv", "two.csv"], "titles": '["one", "two"]'},
        }[kind]
        argv = [kind, "--resolution", "50", "--record", str(folder / "made" / "record.json")]
        argv += ["--figures", *(str(folder / "made" / f"figure.{each}") for each in formats)]
        argv += ["--data", str(folder / "made" / "figure.csv")]
        for name, value in (options | changes).items():
            values = value if isinstance(value, list) else [value]
            if name in ("map", "maps", "embeddings", "history", "histories", "measures"):
                values = [str(folder / each) for each in values]
            argv += [f"--{name}", *values]
        return figures.main(argv)

    return run


@pytest.fixture
def drawn(monkeypatch):
    """The figures that are saved, as Matplotlib knows them."""
    found = []
    save = plots.save

    def keep_and_save(figure, path, resolution):
        found.append(figure)
        save(figure, path, resolution)

    monkeypatch.setattr(plots, "save", keep_and_save)
    return found


def table(folder):
    """The data beside the figure, a dictionary per line."""
    with (folder / "made" / "figure.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written_in_every_format_with_the_same_bytes_each_time(run, folder, kind):
    assert run(kind, formats=STARTS) == 0
    made = ["figure.csv", "figure.pdf", "figure.png", "figure.svg", "record.json"]
    assert names(folder / "made") == made
    for each, start in STARTS.items():
        content = (folder / "made" / f"figure.{each}").read_bytes()
        assert content.startswith(start)
        assert len(content) > 2000
    outputs = json.loads((folder / "made" / "record.json").read_text())["outputs"]
    assert sorted(outputs) == made[:4]
    assert run(kind, formats=STARTS) == 0
    again = json.loads((folder / "made" / "record.json").read_text())["outputs"]
    assert again == outputs  # hashes


def test_the_resolution_decides_how_large_a_picture_is(run, folder):
    sizes = []
    for resolution in ("40", "80"):
        assert run("map", resolution=resolution) == 0
        header = (folder / "made" / "figure.png").read_bytes()[16:24]
        sizes.append([int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")])
    assert sizes[1] == [2 * length for length in sizes[0]]


# what is drawn


def test_the_map_is_that_of_the_file(run, drawn):
    assert run("map", title="Large margin, seed 3") == 0
    (axes,) = drawn[0].axes
    assert axes.get_title() == "Large margin, seed 3"
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), POINTS)
    assert sorted(text.get_text() for text in axes.texts) == list("0123456789")


def test_embeddings_in_the_plane_are_drawn_as_they_are_with_their_axes(run, folder, drawn):
    write_arrays(folder / "plane.npz", PLANE)
    assert run("map", map="plane.npz") == 0
    (axes,) = drawn[0].axes
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), PLANE["embeddings"])
    assert axes.axison


def test_the_gallery_has_the_maps_in_the_order_given(run, drawn):
    assert run("gallery", maps=["two.npz", "one.npz"], titles='["second", "first"]') == 0
    panels = drawn[0].axes
    assert [axes.get_title() for axes in panels] == ["second", "first"]
    shown = [np.asarray(axes.collections[0].get_offsets()) for axes in panels]
    # the first is where it was but for its centre, the second is turned to lie on top of it
    np.testing.assert_allclose(shown[0], TURNED - TURNED.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(shown[1], shown[0], atol=1e-9)


def test_embeddings_in_the_plane_stay_as_they_are_in_the_gallery(run, folder, drawn):
    write_arrays(folder / "plane.npz", PLANE)
    write_arrays(folder / "turned.npz", PLANE | {"embeddings": TURNED.astype(np.float32)})
    four = ["plane.npz", "one.npz", "turned.npz", "two.npz"]
    assert run("gallery", maps=four, titles=json.dumps(four)) == 0
    shown = [np.asarray(axes.collections[0].get_offsets()) for axes in drawn[0].axes]
    np.testing.assert_array_equal(shown[0], PLANE["embeddings"])
    np.testing.assert_array_equal(shown[2], TURNED.astype(np.float32))
    np.testing.assert_allclose(shown[3], shown[1], atol=1e-9)


def test_the_curves_of_several_seeds_of_a_row_are_in_one_panel(run, drawn):
    run("curves", histories=["one.csv", "two.csv", "one.csv"], titles='["Row", "Other row", "Row"]')
    panels = {axes.get_title(): axes for axes in drawn[0].axes}
    assert list(panels) == ["Row", "Other row"]
    training = [0.9, 0.7, 0.4]
    found = [list(line.get_ydata()) for line in panels["Row"].get_lines()]
    assert found == [training, [0.8, 0.5, 0.6], [0.5]] * 2
    assert [list(line.get_ydata()) for line in panels["Other row"].get_lines()] == [
        *([3.0], [4.0], [4.0])
    ]
    selected = [line for line in panels["Row"].get_lines() if line.get_label() == "selected"]
    assert [list(line.get_xdata()) for line in selected] == [[2], [2]]


@pytest.mark.parametrize(
    ("distance", "name"),
    [("euclidean", "Euclidean distance"), ("cosine", "normalised Euclidean distance")],
)
def test_the_distances_are_those_of_all_pairs_in_the_rows_distance(run, drawn, distance, name):
    assert run("distances", distance=distance, title="A row") == 0
    (axes,) = drawn[0].axes
    assert "A row" in (axes.get_title(), axes.get_title(loc="left"))
    assert axes.get_xlabel() == name
    values = EMBEDDINGS.astype(np.float64)
    if distance == "cosine":
        values = values / np.sqrt((values**2).sum(axis=1, keepdims=True))
    distances = pdist(values)
    alike = pdist(LABELS[:, None].astype(float)) == 0
    for patch, chosen in zip(axes.patches, (alike, ~alike), strict=True):
        heights, edges, _ = patch.get_data()
        assert edges[0] == 0
        assert edges[-1] >= distances.max()  # no pair lies beyond the figure
        assert len(edges) > 50
        expected, _ = np.histogram(distances[chosen], edges, density=True)
        np.testing.assert_allclose(heights, expected, rtol=1e-6)


def test_no_normalised_distance_is_above_two(run, folder, drawn):
    # all on two opposite points, three of four on one of them
    sides = np.float32([1, 1, 1, -1] * 5)[:, None] * np.float32([[3, 4]])
    labels = np.arange(20).astype(np.uint8) % 2
    write_arrays(folder / "pairs.npz", {"embeddings": sides, "labels": labels})
    assert run("distances", distance="cosine") == 0
    for patch in drawn[0].axes[0].patches:
        heights, edges, _ = patch.get_data()
        assert edges[-1] == 2.0
        assert np.flatnonzero(heights).tolist() == [0, len(heights) - 1]


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
@pytest.mark.parametrize("value", [0.0, 0.7])
@pytest.mark.filterwarnings("error")
def test_the_equal_embeddings_of_a_collapsed_training_are_drawn_too(
    run, folder, drawn, distance, value
):
    equal = np.full((40, 5), value, np.float32)
    write_arrays(folder / "pairs.npz", {"embeddings": equal, "labels": LABELS})
    assert run("distances", distance=distance) == 0
    for patch in drawn[0].axes[0].patches:
        heights, edges, _ = patch.get_data()
        assert np.flatnonzero(heights).tolist() == [0]
        assert heights[0] * edges[1] == pytest.approx(1)


def test_the_confusions_are_those_of_the_measures(run, drawn):
    assert run("confusions", **{"class-names": '["a", "b", "c", "d"]'}) == 0
    axes = drawn[0].axes[0]
    assert axes.get_title() == "A row: 8 of 128 wrong"
    assert "7 nearest" in axes.get_xlabel()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]


def test_the_verification_curves_of_several_seeds_of_a_row_are_in_one_panel(run, drawn):
    measures = ["one.json", "two.json", "one.json"]
    assert run("verification", measures=measures, titles='["Row", "Other", "Row"]') == 0
    assert [axes.get_title() for axes in drawn[0].axes] == ["Row", "Other"]


# the data beside the figure


def test_the_maps_data_are_its_points(run, folder):
    names = [f"class {label}" for label in range(10)]
    assert run("map", **{"class-names": json.dumps(names)}) == 0
    found = table(folder)
    assert [line["image"] for line in found] == [str(n) for n in range(40)]
    assert [line["class"] for line in found] == [names[label] for label in LABELS]
    points = [(float(line["x"]), float(line["y"])) for line in found]
    np.testing.assert_allclose(points, POINTS, rtol=1e-5)


def test_the_gallerys_data_are_the_points_that_it_shows(run, folder, drawn):
    assert run("gallery") == 0
    found = table(folder)
    assert [line["class"] for line in found] == [str(label) for label in LABELS]
    for axes, title in zip(drawn[0].axes, ("one", "two"), strict=True):
        points = [(float(line[f"{title}: x"]), float(line[f"{title}: y"])) for line in found]
        np.testing.assert_allclose(points, axes.collections[0].get_offsets(), rtol=1e-5)


def test_the_data_of_the_distances_count_every_pair_once(run, folder):
    assert run("distances", distance="euclidean") == 0
    found = table(folder)
    same = [int(line["pairs_of_same_class"]) for line in found]
    different = [int(line["pairs_of_two_classes"]) for line in found]
    assert (sum(same), sum(different)) == (10 * 6, 45 * 16)
    edges = [float(line["distance_from"]) for line in found]
    assert [float(line["distance_to"]) for line in found[:-1]] == edges[1:]
    distances = pdist(EMBEDDINGS.astype(np.float64))
    at = float(found[40]["distance_to"])
    assert sum(same[:41]) + sum(different[:41]) == pytest.approx((distances < at).sum(), abs=1)


def test_the_data_of_the_confusions_are_their_counts(run, folder):
    assert run("confusions", **{"class-names": '["a", "b", "c"]'}) == 0
    found = {
        (line["true_class"], line["predicted_class"]): line["images"] for line in table(folder)
    }
    assert found["a", "b"] == "2"
    assert found["b", "c"] == "5"
    assert found["c", "a"] == "1"
    assert sum(map(int, found.values())) == 128
    assert len(found) == 9


def test_the_data_of_curves_are_the_histories_with_the_selected_epoch(run, folder):
    assert run("training_curves") == 0
    first = table(folder)
    assert [line["epoch"] for line in first] == ["1", "2", "3"]
    assert [line["training_loss"] for line in first] == ["0.9", "0.7", "0.4"]
    assert [line["validation_loss"] for line in first] == ["0.8", "0.5", "0.6"]
    assert [line["learning_rate"] for line in first] == ["0.001"] * 3
    assert [line["is_selected"] for line in first] == ["0", "1", "0"]
    assert run("curves", histories=["two.csv", "one.csv", "one.csv"], titles='["a", "b", "b"]') == 0
    found = table(folder)
    rows = [("a", "1")] + [("b", "1")] * 3 + [("b", "2")] * 3
    assert [(line["row"], line["training"]) for line in found] == rows
    assert [{**first[0], **line} for line in found[1:4]] == [
        {"row": "b", "training": "1", **line} for line in first
    ]


def test_the_data_of_the_verification_are_its_curves(run, folder):
    assert run("verification") == 0
    rates = ("false_acceptance_rate", "true_acceptance_rate")
    found = [(line["row"], *(line[rate] for rate in rates)) for line in table(folder)]
    assert found[:2] == [("one", "0", "0.125"), ("one", "0.001", "0.5")]
    assert found[4:] == [("two", "0.01", "0.333333"), ("two", "1", "1")]


# what is refused


def assert_refused(status, folder, capfd, *parts):
    """One sentence that says ``parts``, status 1, and nothing made."""
    assert_one_sentence("figures", status, capfd, *parts)
    assert names(folder / "made") == []


def test_a_picture_without_dots_is_refused(run, folder, capfd):
    assert_refused(run("map", resolution="0"), folder, capfd, "--resolution is 0", "raise it")


@pytest.mark.parametrize("kind", ["map", "gallery"])
@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        (MAP | {"map": POINTS[:-1]}, "the map is (39, 2) for 40 labels; delete it"),
        (MAP | {"map": EMBEDDINGS}, "the map is (40, 5) for 40 labels; delete it"),
        (MAP | {"map": POINTS[:, 0]}, "the map is (40,) for 40 labels; delete it"),
        (MAP | {"labels": LABELS[:5]}, "the map is (40, 2) for 5 labels; delete it"),
        ({"labels": LABELS}, "holds no array 'map'"),
        ({"map": POINTS}, "holds no array 'labels'"),
    ],
    ids=["a point too few", "too wide", "no second axis", "labels too few", "no map", "no labels"],
)
def test_a_file_that_holds_no_map_is_refused(run, folder, capfd, kind, arrays, sentence):
    write_arrays(folder / "two.npz", arrays)
    inputs = {"map": {"map": "two.npz"}, "gallery": {}}[kind]
    assert_refused(run(kind, **inputs), folder, capfd, str(folder / "two.npz"), sentence)


@pytest.mark.parametrize(
    "arrays",
    [
        MAP | {"map": POINTS[:0], "labels": LABELS[:0]},
        MAP | {"map": POINTS * np.nan},
        MAP | {"labels": LABELS * 0.5},
    ],
    ids=["no points", "points that are not finite", "labels that are not whole"],
)
def test_a_map_that_can_not_be_drawn_is_refused(run, folder, capfd, arrays):
    write_arrays(folder / "one.npz", arrays)
    assert_refused(run("map"), folder, capfd, str(folder / "one.npz"), "delete it")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("map", "one.npz"), ("gallery", "two.npz"), ("distances", "pairs.npz")),
        *(("curves", "two.csv"), ("training_curves", "one.csv")),
        *(("confusions", "one.json"), ("verification", "two.json")),
    ],
)
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00 no such file"])
def test_a_missing_or_damaged_file_is_named(run, folder, capfd, kind, name, content):
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    assert_refused(run(kind), folder, capfd, str(folder / name), "; ")


@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        (HEADER, "holds no epoch"),
        (HEADER + "1,0.9,low,0.001,2.0\n", "line 2"),
        (HEADER + "1,0.9,0.8,0.001,2.0\n2,0.7\n", "line 3"),
        (HEADER + "1,0.9,nan,0.001,2.0\n", "line 2"),
        (HEADER + "2,0.9,0.8,0.001,2.0\n", "line 2"),
        ("epoch,loss\n1,0.9\n", "line 2"),
        (HEADER + "1,0.9,0.8\x00,0.001,2.0\n", "line 2"),
    ],
)
def test_a_malformed_history_is_named(run, folder, capfd, history, sentence):
    (folder / "two.csv").write_text(history)
    assert_refused(run("curves"), folder, capfd, str(folder / "two.csv"), sentence)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        (PAIRS | {"labels": LABELS[:-1]}, "labels are uint8 (39,)"),
        (PAIRS | {"embeddings": EMBEDDINGS[:, 0]}, "embeddings are float32 (40,)"),
        (PAIRS | {"embeddings": EMBEDDINGS * np.float32(np.inf)}, "not finite"),
        ({"embeddings": EMBEDDINGS}, "holds no array 'labels'"),
    ],
)
def test_a_file_that_holds_no_embeddings_is_refused(run, folder, capfd, arrays, sentence):
    write_arrays(folder / "pairs.npz", arrays)
    assert_refused(run("distances"), folder, capfd, str(folder / "pairs.npz"), sentence)


@pytest.mark.parametrize(
    "arrays",
    [
        MAP | {"map": POINTS[:20], "labels": LABELS[:20]},
        MAP | {"labels": LABELS[::-1]},
    ],
    ids=["fewer", "in another order"],
)
def test_a_gallery_of_different_images_is_refused(run, folder, capfd, arrays):
    write_arrays(folder / "two.npz", arrays)
    assert_refused(
        run("gallery"), folder, capfd, str(folder / "two.npz"), "other images", "one.npz"
    )


@pytest.mark.parametrize(
    "measures",
    [
        {},
        [],
        {"neighbours": 5, "confusions": None},
        {"neighbours": 5, "confusions": [[1, 2], [3]]},
        {"neighbours": 5, "confusions": [[1, 2]]},
        {"neighbours": 5, "confusions": [[0.5]]},
        {"confusions": CONFUSIONS},
    ],
    ids=["nothing", "a list", "null", "ragged", "not square", "not whole", "no neighbours"],
)
def test_a_measure_file_without_confusions_is_refused(run, folder, capfd, measures):
    (folder / "one.json").write_text(json.dumps(measures))
    status = run("confusions")
    assert_refused(status, folder, capfd, str(folder / "one.json"), "no confusions; delete it")


@pytest.mark.parametrize(
    "curve", [None, [], [1, 2], [[1, 2, 3]], [[0, 0.5]], [["low", 1]], [[1, 1], [1]]]
)
def test_a_measure_file_without_a_verification_curve_is_refused(run, folder, capfd, curve):
    (folder / "two.json").write_text(json.dumps({"verification": {"curve": curve}}))
    status = run("verification")
    assert_refused(status, folder, capfd, str(folder / "two.json"), "no verification curve; delete")


@pytest.mark.parametrize("kind", ["map", "gallery", "confusions"])
def test_each_class_needs_a_name(run, folder, capfd, kind):
    status = run(kind, **{"class-names": '["only", "two"]'})
    assert_refused(status, folder, capfd, "2 class names for", "name each")


@pytest.mark.parametrize("kind", ["gallery", "curves", "verification"])
@pytest.mark.parametrize("titles", ['["one"]', '["one", "two", "three"]'])
def test_there_is_a_title_for_each_file(run, folder, capfd, kind, titles):
    assert_refused(run(kind, titles=titles), folder, capfd, "titles")


@pytest.mark.parametrize("ending", ["jpg", "png.gz"])
def test_a_format_that_is_none_of_the_three_is_refused_before_any_is_written(
    run, folder, capfd, ending
):
    status = run("map", formats=("png", ending))
    assert_refused(status, folder, capfd, f"figure.{ending}", "png")


def test_a_folder_that_can_not_be_made_is_named(run, folder, capfd):
    (folder / "made").write_text("a file where the folder would be")
    assert run("map") == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"figures: {folder / 'made'}")


# the command line


@pytest.mark.parametrize(
    ("kind", "flags"),
    [
        ("map", ["--map", "--title", "--class-names", "--figures", "--data"]),
        ("confusions", ["--measures", "--title", "--class-names", "--figures", "--data"]),
        ("training_curves", ["--history", "--title", "--figures", "--data"]),
        ("verification", ["--measures", "--titles", "--figures", "--data"]),
        ("distances", ["--embeddings", "--distance", "--title", "--figures"]),
        ("gallery", ["--maps", "--titles", "--figures"]),
        ("curves", ["--histories", "--titles", "--figures"]),
    ],
)
def test_help_of_each_kind_names_its_options_and_succeeds(capsys, kind, flags):
    with pytest.raises(SystemExit) as end:
        figures.main([kind, "--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: python -m discern.stages.figures {kind} ")
    assert [flag for flag in flags if f"{flag} " not in said] == []


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--help"], 0),
        (["-h"], 0),
        ([], 2),
        (["pie"], 2),
        (["--map", "map"], 2),
        (["pie", "--help"], 2),
    ],
)
def test_without_a_kind_there_is_help_and_only_who_asked_for_it_succeeds(capsys, words, status):
    assert figures.main(words) == status
    said = "".join(capsys.readouterr())
    assert [kind for kind in KINDS if kind not in said] == []


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("curves", {"titles": "one"}, "argument --titles"),
        ("map", {"resolution": "fine"}, "argument --resolution"),
        ("map", {"distance": "cosine"}, "unrecognized arguments: --distance cosine"),
        ("distances", {"distance": "cosines"}, "argument --distance: invalid choice"),
    ],
)
def test_a_wrong_option_is_refused_by_name(run, folder, capfd, kind, changes, message):
    with pytest.raises(SystemExit) as refusal:
        run(kind, **changes)
    assert refusal.value.code == 2
    assert message in capfd.readouterr().err
    assert names(folder / "made") == []
