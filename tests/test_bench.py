"""The measures of bench/ on small cases worked out by hand."""

import math
import pathlib
import sys

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
import intervals  # noqa: E402
import labels  # noqa: E402
import measures  # noqa: E402
import memory  # noqa: E402
import quality  # noqa: E402
import redactors  # noqa: E402
import timing  # noqa: E402
import verify  # noqa: E402

SPREAD = 0.003  # what the points at which a face is tried may be off by


def boxes(*rows):
    return np.array(rows, dtype=float).reshape(-1, 4)


def ellipse(*box):
    return (*box, False)


def rectangle(*box):
    return (*box, True)


def share(box, *masks, size=(1000, 1000)):
    return measures.hidden_shares(boxes(box), masks, *size)[0]


class TestHiddenShares:
    def test_nothing_hidden(self):
        assert share((10, 10, 40, 60)) == 0

    def test_the_same_ellipse_hides_all(self):
        assert share((10, 10, 40, 60), ellipse(10, 10, 40, 60)) == 1

    def test_half_the_size_about_the_same_middle_hides_a_quarter(self):
        assert share((0, 0, 80, 100), ellipse(20, 25, 40, 50)) == pytest.approx(0.25, abs=SPREAD)

    def test_size_makes_no_difference(self):
        assert share((0, 0, 8, 10), ellipse(2, 2.5, 4, 5)) == share((0, 0, 80, 100), ellipse(20, 25, 40, 50))

    def test_a_rectangle_over_the_left_half_hides_half(self):
        assert share((10, 10, 40, 60), rectangle(0, 0, 30, 100)) == pytest.approx(0.5, abs=SPREAD)

    def test_an_ellipse_leaves_the_corners_of_a_rectangle(self):
        # In a face of semi-axes 1, 1 a mask's box of side sqrt(2) reaches just to its edge: it hides 2 / pi of the face, and
        # the ellipse in it one half.
        side = 100 * math.sqrt(2) / 2
        box = (50 - side / 2, 50 - side / 2, side, side)
        assert share((0, 0, 100, 100), ellipse(*box)) == pytest.approx(0.5, abs=SPREAD)
        assert share((0, 0, 100, 100), rectangle(*box)) == pytest.approx(2 / math.pi, abs=SPREAD)

    def test_overlapping_masks_count_once(self):
        left = rectangle(0, 0, 50, 100)
        assert share((0, 0, 100, 100), left, left) == pytest.approx(0.5, abs=SPREAD)
        assert share((0, 0, 100, 100), left, rectangle(50, 0, 50, 100)) == 1

    def test_two_equal_discs_a_radius_apart(self):
        # Lens of two unit discs at distance 1: 2 pi / 3 - sqrt(3) / 2.
        lens = (2 * math.pi / 3 - math.sqrt(3) / 2) / math.pi
        assert share((0, 0, 100, 100), ellipse(50, 0, 100, 100)) == pytest.approx(lens, abs=SPREAD)

    def test_what_lies_outside_of_the_picture_needs_no_mask(self):
        assert share((-50, 0, 100, 100), rectangle(0, 0, 50, 100), size=(200, 200)) == 1

    def test_a_box_without_area_has_no_share(self):
        assert math.isnan(share((10, 10, 0, 5), rectangle(0, 0, 100, 100)))
        assert math.isnan(share((-20, 10, 10, 10)))

    def test_a_mask_without_area_hides_nothing(self):
        assert share((0, 0, 10, 10), ellipse(5, 5, 0, 0), rectangle(5, 0, 0, 10)) == 0


class TestOverRedaction:
    def test_a_mask_far_from_any_face_counts_whole(self):
        assert measures.over_redaction(boxes(), [rectangle(10, 10, 20, 10)], 100, 100) == 0.02

    def test_the_boxes_grow_by_three_tenths_on_each_side(self):
        # The box 20..30 grows to 17..33 both ways, so of a mask over 10..40 the frame of 900 - 256 pixels counts.
        assert measures.over_redaction(boxes((20, 20, 10, 10)), [rectangle(10, 10, 30, 30)], 100, 100) == (900 - 256) / 10000

    def test_a_mask_within_the_grown_box_costs_nothing(self):
        assert measures.over_redaction(boxes((20, 20, 10, 10)), [rectangle(17, 17, 16, 16)], 100, 100) == 0

    def test_only_pixels_of_the_picture_count(self):
        assert measures.over_redaction(boxes(), [rectangle(-50, -50, 60, 60)], 100, 100) == 0.01
        assert measures.over_redaction(boxes(), [rectangle(300, 300, 60, 60)], 100, 100) == 0

    def test_an_ellipse_hides_its_area(self):
        assert measures.over_redaction(boxes(), [ellipse(100, 100, 300, 200)], 1000, 1000) == pytest.approx(
            math.pi * 150 * 100 / 1e6, rel=0.002)

    def test_overlapping_masks_count_once(self):
        masks = [rectangle(0, 0, 10, 10), rectangle(5, 0, 10, 10)]
        assert measures.over_redaction(boxes(), masks, 100, 100) == 0.015


class TestIntervals:
    # Values of Wilson's interval without continuity correction from Newcombe 1998, Stat. Med. 17, 857-872, table I.
    @pytest.mark.parametrize("hits,count,low,high", [
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)])
    def test_wilson(self, hits, count, low, high):
        assert intervals.wilson(hits, count) == pytest.approx((low, high), abs=5e-5)

    def test_wilson_of_all_and_of_nothing(self):
        assert intervals.wilson(20, 20) == pytest.approx((1 - 0.1611, 1), abs=5e-5)
        assert intervals.wilson(0, 0) == (0, 1)

    # Method 10 from Newcombe 1998, Stat. Med. 17, 873-890, table II.
    @pytest.mark.parametrize("hits1,count1,hits2,count2,low,high", [
        (56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 20, 0.6791, 1.0)])
    def test_newcombe(self, hits1, count1, hits2, count2, low, high):
        difference, *interval = intervals.newcombe(hits1, count1, hits2, count2)
        assert difference == pytest.approx(hits1 / count1 - hits2 / count2)
        assert interval == pytest.approx((low, high), abs=5e-5)

    def test_smallest_difference_has_the_power_that_it_promises(self):
        drop = intervals.smallest_difference(0.9, 400, 100)
        draws = np.random.default_rng(7)
        hits1, hits2 = draws.binomial(400, 0.9, 20000), draws.binomial(100, 0.9 - drop, 20000)
        pooled = (hits1 + hits2) / 500
        z = (hits1 / 400 - hits2 / 100) / np.sqrt(pooled * (1 - pooled) * (1 / 400 + 1 / 100))
        assert (abs(z) > intervals.Z95).mean() == pytest.approx(0.8, abs=0.04)

    def test_smallest_difference_where_there_is_none(self):
        assert intervals.smallest_difference(0.9, 2, 1) is None

    def test_bootstrap_of_photos_with_one_face_each_is_binomial(self):
        counts = [[1, 1]] * 300 + [[0, 1]] * 100
        low, high, error = intervals.bootstrap(counts, lambda s: s[:, 0] / s[:, 1])
        assert error == pytest.approx(math.sqrt(0.75 * 0.25 / 400), rel=0.05)
        assert (low, high) == pytest.approx((0.75 - 1.96 * error, 0.75 + 1.96 * error), abs=0.005)

    def test_bootstrap_is_wider_where_faces_of_a_photo_share_their_fate(self):
        alone = intervals.bootstrap([[1, 1]] * 300 + [[0, 1]] * 100, lambda s: s[:, 0] / s[:, 1])
        together = intervals.bootstrap([[10, 10]] * 30 + [[0, 10]] * 10, lambda s: s[:, 0] / s[:, 1])
        assert together[2] == pytest.approx(alone[2] * math.sqrt(10), rel=0.1)

    def test_bootstrap_without_faces(self):
        assert intervals.bootstrap([[0, 0]] * 5, lambda s: s[:, 0] / s[:, 1]) == (None, None, None)


def photo(name, *rows):
    """A photo of 100 x 100; each row is (box, columns that differ from those of a plain face)."""
    full = [{**dict.fromkeys(labels.COLUMNS, "0"), "gender": "", "age": "", "skin": "", **columns} for _, columns in rows]
    return labels.Photo(name, pathlib.Path(name), 100, 100, boxes(*(box for box, _ in rows)), full)


class TestQuality:
    def photos(self):
        return [photo("a.jpg", ((10, 10, 20, 20), {"hard": "1", "skin": "I", "gender": "Female"}),
                      ((60, 60, 20, 30), {"hard": "1", "easy": "1", "skin": "V"}), ((40, 0, 8, 8), {"invalid": "1"})),
                photo("b.jpg", ((0, 0, 12, 12), {"skin": "III"}), ((50, 50, 0, 4), {})),
                photo("c.jpg")]

    def figures(self, found):
        photos = self.photos()
        return quality.measure(photos, quality.Faces(photos), found)

    def test_counts_by_hand(self):
        result = self.figures({
            "a.jpg": redactors.Found([ellipse(10, 10, 20, 20), rectangle(60, 60, 20, 26)], 100, 100),
            "b.jpg": redactors.Found([], 100, 100),
            "c.jpg": redactors.Found([rectangle(0, 0, 10, 10)], 100, 100)})
        hits = {s: (f["covered"]["hits"], f["fully_covered"]["hits"], f["faces"]) for s, f in result["subsets"].items()}
        # Not eligible: the invalid face, and the one whose box has no area. The rectangle hides the upper 26 of 30 rows
        # of the second face: about 0.92 of its ellipse.
        assert hits == {"all": (2, 1, 3), "easy": (1, 0, 1), "medium": (0, 0, 0), "hard": (2, 1, 2),
                        "20 px and more": (2, 1, 2), "10 to 20 px": (0, 0, 1)}
        assert result["over_redaction"] == pytest.approx(0.01 / 3)
        skin = {s: (f["covered"]["hits"], f["faces"]) for s, f in result["groups"]["skin"].items() if f["faces"]}
        assert skin == {"I": (1, 1), "III": (0, 1), "V": (1, 1), "I-III": (1, 2), "IV-VI": (1, 1)}
        assert result["groups"]["gender"]["Female"]["faces"] == 1
        assert result["skin_difference"]["covered"]["difference"] == -0.5
        assert not result["failures"]

    def test_a_photo_that_failed_hides_nothing_and_is_named(self):
        result = self.figures({"b.jpg": redactors.Found([], error="broken")})
        assert result["subsets"]["all"]["covered"]["recall"] == 0
        assert result["failures"] == {"a.jpg": "not in the output", "b.jpg": "broken", "c.jpg": "not in the output"}


class TestRecords:
    COLUMNS = ["frame", "x", "y", "width", "height", "score", "source"]

    def test_masks_of_a_record(self):
        faces = [{"redact": True, "masks": [[0, 1, 2, 3, 4, 0.9, "detected"], [1, 9, 9, 9, 9, 0.9, "detected"]]},
                 {"redact": False, "masks": [[0, 5, 5, 5, 5, 0.9, "detected"]]},
                 {"redact": True, "masks": [[0, 6, 7, 8, 9, 1, "drawn"]]}]
        assert redactors.masks_of_record({"columns": self.COLUMNS, "faces": faces}) == [(1, 2, 3, 4, False), (6, 7, 8, 9, True)]


class TestLabels:
    def test_a_missing_set_is_one_sentence(self, tmp_path):
        with pytest.raises(labels.LabelError, match="there is no labelled set in"):
            labels.read(tmp_path)

    def test_reads_sizes_boxes_and_photos_without_faces(self, tmp_path):
        from PIL import Image
        (tmp_path / "images").mkdir()
        turned = Image.Exif()
        turned[labels.EXIF_ORIENTATION] = 6
        Image.new("RGB", (30, 20)).save(tmp_path / "images/turned.jpg", exif=turned)
        Image.new("RGB", (30, 20)).save(tmp_path / "images/bare.png")
        values = dict.fromkeys(labels.COLUMNS, "0") | {"image": "turned.jpg", "x": "1", "y": "2", "width": "3", "height": "4.5"}
        (tmp_path / "faces.csv").write_text(",".join(labels.COLUMNS) + "\n" + ",".join(values.values()) + "\n")
        bare, one = labels.read(tmp_path)
        assert (bare.name, bare.width, bare.height, bare.boxes.shape) == ("bare.png", 30, 20, (0, 4))
        assert (one.name, one.width, one.height, one.boxes.tolist()) == ("turned.jpg", 20, 30, [[1, 2, 3, 4.5]])


class TestVerify:
    @staticmethod
    def line(**sentences):
        """What verify --json says of one output. sentences: of a check: a sentence, or how many places fail."""
        return {"output": "out/a.jpg", "result": "pass", "checks": [
            {"check": name, "result": "pass", "sentence": said} if isinstance(said, str) else
            {"check": name, "result": "fail", "sentence": "no", "all_places": said} for name, said in sentences.items()]}

    @staticmethod
    def record(*faces):
        return {"input": {"frames": 2}, "faces": [{"redact": redact, "masks": [[0]] * masks} for redact, masks in faces]}

    def test_places_of_failed_checks_are_counted_and_the_least_loss_is_kept(self):
        loss = "the picture outside the masks is the original's within loss: {} dB or better, {} at the worst place (limits 36 and 24)"
        sums = verify.summed([
            self.line(masks="under all 5 masks nothing of the original is left; under 2 of them it has no detail to be seen",
                      outside=loss.format(41.5, 37.0), faces="none", record="holds"),
            self.line(masks=3, outside=loss.format(43.0, 30.5), faces=1, record=0)],
            [self.record((True, 5), (False, 7)), self.record((True, 3), (True, 1))])
        assert sums == {"files": 2, "pages": 4, "masks": 9, "plain": 2, "bare": 3, "changed": 0, "faces": 1,
                        "others": ["a.jpg: record"], "psnr": 41.5, "cell": 30.5}

    def test_a_failed_outside_counts_and_tells_its_loss_too(self):
        line = self.line(outside=1)
        line["checks"][0]["sentence"] = ("on 1 page the picture outside the masks is farther from the original's than loss explains: "
                                         "21.9 dB, 15.1 at the worst place (limits 24 and 11)")
        sums = verify.summed([line], [self.record()])
        assert (sums["changed"], sums["psnr"], sums["cell"]) == (1, 21.9, 15.1)

    def test_what_could_not_be_read_is_an_error(self):
        with pytest.raises(redactors.ToolError, match="a.jpg"):
            verify.summed([self.line() | {"result": "error"}], [])

    def test_the_tables_have_a_row_a_case(self):
        sums = verify.summed([self.line(masks=3, outside="pixel for pixel")], [self.record((True, 4))]) | {"plain": 1}
        right, bare = verify.tables({"photos": 1, "clips": [], "right": {"PNG": {"solid": sums}}, "bare": {"PNG": {"solid": sums}}})
        assert right.rows == [["PNG; solid", "4", "3", "2", "0", "0", "0", "equal", "equal"]]
        assert bare.rows == [["PNG; solid", "3", "3", "0"]]

    @pytest.mark.parametrize("kind,lossy,count", [("JPEG", False, 4), ("PNG", False, 2), ("AVIF", True, 3)])
    def test_cases(self, kind, lossy, count):
        assert len(verify.cases(kind, lossy)) == count


class TestStopwatch:
    def test_memory_is_that_of_the_command_alone(self):
        ballast = bytearray(200_000_000)
        small = timing.lap(["/bin/true"])
        large = timing.lap(["/usr/bin/python3", "-c", "import time; b = b'x' * 90_000_000; time.sleep(0.3)"], period=0.05)
        assert len(ballast) and small.peak < 40e6
        assert 90e6 < large.peak < 150e6 and large.seconds >= 0.3 and max(large.samples) > 90e6

    def test_memory_of_the_largest_process_of_the_tree(self):
        inner = "import subprocess; subprocess.run(['/usr/bin/python3', '-c', \"b = b'x' * 90_000_000\"], check=True)"
        assert 90e6 < timing.lap(["/usr/bin/python3", "-c", inner]).peak < 150e6

    def test_failures_are_told(self):
        with pytest.raises(redactors.ToolError, match="status 1"):
            timing.lap(["/bin/false"])
        with pytest.raises(redactors.ToolError, match="no-such-command"):
            redactors.run(["/no-such-command"])


def test_sizes_are_all_different():
    chosen = memory.sizes(3000)
    assert len(set(chosen)) == 3000
    assert min(max(s) for s in chosen) < 40 and max(max(s) for s in chosen) > 5000
    assert all(1 / 3.3 < w / h < 3.3 for w, h in chosen if min(w, h) > 20)
