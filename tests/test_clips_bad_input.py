"""Broken, odd and hostile clips: a clear sentence or the right result, and never a picture that was not redacted."""
import os
import resource
import struct
import subprocess

import numpy
import pytest

import clips
import pictures
from clips import check_timing, core, ffmpeg, film, is_plain, moving, pixels, shown, streams
from command import DONE, SOME_FAILED, check_sentence, files_below, record_of, temporary_names

clips.need_ffmpeg()
FAST = ("--effort", "fast")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "14", "-bf", "0")


def redact(efface, path, output, *options, **more):
    """The JSON line of one clip: done, or failed with a sentence and nothing written."""
    run = efface("redact", path, "-o", output, "--json", *FAST, *options, code=None, **more)
    (line,) = run.lines
    assert not temporary_names(output) if output.exists() else True
    if line["status"] == "ok":
        assert run.code == DONE
    else:
        assert run.code == SOME_FAILED and line["status"] == "failed"
        check_sentence(line["error"])
        assert not output.exists() or files_below(output) == []
    return line


def packets(path):
    """Place and size in the file of each video packet."""
    told = clips._entries(path, "v:0", "-show_packets", "-show_entries", "packet=pos,size,flags")["packets"]
    return [(int(p["pos"]), int(p["size"]), "K" in p["flags"]) for p in told]


def check_damaged(before, after, damaged):
    """Each frame is the redacted one, or plain; those that were damaged are plain."""
    assert len(after) == len(before)
    for i, (mine, other) in enumerate(zip(before, after)):
        if is_plain(other):
            continue
        assert i not in damaged, f"frame {i} shows pixels that were made up"
        assert pictures.difference(mine.astype(int), other.astype(int), core(i)) > 8, f"frame {i} is bare"
        border = numpy.abs(mine[:, :24].astype(int) - other[:, :24]).mean()
        assert border < 6, f"frame {i} is neither plain nor right: {border}"


class TestDamaged:
    @pytest.mark.parametrize("kind", ["mp4", "mkv", "ts", "mov"])
    @pytest.mark.parametrize("how", ["noise", "zeros", "half"])
    def test_a_packet_in_the_middle(self, efface, tmp_path, kind, how):
        """Frames that each stand for themselves: one is lost, and is a plain one at its own time."""
        path = film(tmp_path / f"a.{kind}", video=(*X264, "-g", "1", "-x264-params", "slices=1"), sound=())
        whole = pixels(path)
        good = tmp_path / f"good.{kind}"
        good.write_bytes(path.read_bytes())
        place, size, _ = packets(path)[9]
        data = bytearray(path.read_bytes())
        start, end = place + size // (2 if how == "half" else 10), place + size - 200
        noise = bytes(end - start) if how == "zeros" else numpy.random.default_rng(2).bytes(end - start)
        if kind == "ts":  # the packets' own heads stay
            for at in range(start - start % 188, end, 188):
                if at > start and data[at] == 0x47:
                    data[at + 20:at + 188] = noise[:168]
        else:
            data[start:end] = noise
        path.write_bytes(data)
        line = redact(efface, path, tmp_path / "out")
        assert line["status"] == "ok", line["error"]
        output = tmp_path / "out" / path.name
        check_timing(good, output)
        check_damaged(whole, pixels(output), {9})
        assert any("decoded" in w or "damaged" in w or "broken" in w for w in record_of(output)["warnings"]), record_of(output)["warnings"]

    def test_a_packet_that_others_build_on(self, efface, tmp_path):
        """Frames that are foretold from a damaged one are concealed pixels too: they are plain until a key frame comes."""
        path = film(tmp_path / "a.mp4", frames=moving(40), video=(*X264, "-g", "20", "-sc_threshold", "0"), sound=())
        whole = pixels(path)
        place, size, _ = packets(path)[6]
        data = bytearray(path.read_bytes())
        data[place + size // 4:place + size - 8] = numpy.random.default_rng(2).bytes(size - 8 - size // 4)
        path.write_bytes(data)
        line = redact(efface, path, tmp_path / "out")
        assert line["status"] == "ok"
        after = pixels(tmp_path / "out/a.mp4")
        check_damaged(whole, after, {6})
        assert not any(is_plain(after[i]) for i in (*range(0, 5), *range(20, 40)))

    def test_a_key_frame_lost(self, efface, tmp_path):
        path = film(tmp_path / "a.mkv", frames=moving(30), video=(*X264, "-g", "10", "-sc_threshold", "0"), sound=())
        whole = pixels(path)
        place, size, key = packets(path)[10]
        assert key
        data = bytearray(path.read_bytes())
        data[place + 40:place + size - 8] = bytes(size - 48)
        path.write_bytes(data)
        line = redact(efface, path, tmp_path / "out")
        if line["status"] == "ok":
            check_damaged(whole, pixels(tmp_path / "out/a.mkv"), {10})

    @pytest.mark.parametrize("kind, share", [("mkv", 60), ("ts", 60), ("avi", 60), ("mp4", 60), ("mkv", 8), ("ts", 8)])
    def test_truncated(self, efface, tmp_path, kind, share):
        """With the index in front where there is one."""
        front = ("-movflags", "+faststart") if kind == "mp4" else ()
        path = film(tmp_path / f"a.{kind}", *front, frames=moving(40), video=(*X264, "-g", "5"), sound=())
        whole = pixels(path)
        data = path.read_bytes()
        path.write_bytes(data[:len(data) * share // 100])
        line = redact(efface, path, tmp_path / "out")
        if line["status"] == "ok":
            after = pixels(tmp_path / "out" / path.name)
            assert 0 < len(after) <= 40
            check_damaged(whole[:len(after)], after, set())
            assert record_of(tmp_path / "out" / path.name)["warnings"], "that it was cut off should be told"

    def test_without_moov(self, efface, tmp_path):
        path = film(tmp_path / "a.mp4", video=X264)
        data = path.read_bytes()
        path.write_bytes(data[:data.index(b"moov") - 4])
        line = redact(efface, path, tmp_path / "out")
        assert line["status"] == "failed" and any(word in line["error"] for word in ("index", "moov", "cut off", "truncated")), line["error"]

    def test_noise_with_a_clips_name(self, efface, tmp_path):
        noise = numpy.random.default_rng(4).bytes(9000)
        for name, content in {"empty.mp4": b"", "noise.mp4": noise, "brand.mp4": b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + noise,
                              "ebml.mkv": b"\x1a\x45\xdf\xa3" + noise, "riff.avi": b"RIFF\0\x23\0\0AVI LIST" + noise,
                              "sync.ts": b"".join(b"\x47" + noise[i:i + 187] for i in range(0, 8000, 187))}.items():
            (tmp_path / name).write_bytes(content)
            assert redact(efface, tmp_path / name, tmp_path / "out", timeout=30)["status"] == "failed"


class TestOdd:
    def test_sound_only(self, efface, tmp_path):
        for name in ("a.mp4", "a.mkv"):
            ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", tmp_path / name)
            line = redact(efface, tmp_path / name, tmp_path / "out")
            assert line["status"] == "failed" and "video" in line["error"]

    def test_a_cover_picture_is_no_video(self, efface, tmp_path):
        pictures.scene().save(tmp_path / "cover.jpg")
        ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-i", tmp_path / "cover.jpg", "-c:a", "aac", "-c:v", "copy", "-disposition:v",
               "attached_pic", tmp_path / "a.m4a")
        os.rename(tmp_path / "a.m4a", tmp_path / "a.mp4")
        line = redact(efface, tmp_path / "a.mp4", tmp_path / "out")
        assert line["status"] == "failed" and "video" in line["error"]

    def test_zero_frames(self, efface, tmp_path):
        path = film(tmp_path / "a.mp4", "-frames:v", "1", video=X264, sound=())
        ffmpeg("-i", path, "-c", "copy", "-frames:v", "0", "-movflags", "empty_moov+frag_keyframe", tmp_path / "none.mp4")
        assert redact(efface, tmp_path / "none.mp4", tmp_path / "out")["status"] == "failed"
        film(tmp_path / "b.mkv", "-frames:v", "0", video=X264)
        assert redact(efface, tmp_path / "b.mkv", tmp_path / "out")["status"] == "failed"

    @pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 40), (35, 27), (321, 255), (16, 300)])
    @pytest.mark.parametrize("name, video, pix_fmt", [
        ("a.mp4", X264, "yuv444p"), ("a.mov", ("-c:v", "mjpeg", "-q:v", "2"), "yuvj420p"), ("a.webm", ("-c:v", "libvpx", "-b:v", "1M"), "yuv420p"),
        ("a.avi", ("-c:v", "mpeg4", "-q:v", "2"), "yuv420p")])
    def test_small_and_odd_sizes(self, efface, tmp_path, size, name, video, pix_fmt):
        frames = numpy.random.default_rng(1).integers(0, 255, (5, size[1], size[0], 3)).astype(numpy.uint8)
        try:
            film(tmp_path / name, "-pix_fmt", pix_fmt, frames=frames, video=video, sound=())
            before = pixels(tmp_path / name)
        except (AssertionError, ValueError):
            pytest.skip("ffmpeg makes no such clip")
        line = redact(efface, tmp_path / name, tmp_path / "out", "--region", f"0,0,{size[0]},{size[1]}@0-9", "--fill", "solid")
        if line["status"] == "ok":
            (stream,) = streams(tmp_path / "out" / name, "video")
            assert (stream["width"], stream["height"]) == size
            check_timing(tmp_path / name, tmp_path / "out" / name)
            after = pixels(tmp_path / "out" / name)
            assert len(after) == len(before) and after.max() < 40, "all of it was to be black"
        else:
            assert min(size) < 16, f"a plain size was refused: {line['error']}"

    @pytest.mark.parametrize("kind", ["ts", "mkv"])
    def test_the_size_changes_in_the_middle(self, efface, tmp_path, kind):
        large = film(tmp_path / "large.h264", frames=moving(15), video=(*X264, "-g", "15"), sound=())
        small = film(tmp_path / "small.h264", frames=moving(15, size=(240, 192), side=180, start=(20, 4)), video=(*X264, "-g", "15"), sound=())
        (tmp_path / "both.h264").write_bytes(large.read_bytes() + small.read_bytes())
        path = tmp_path / f"a.{kind}"
        ffmpeg("-fflags", "+genpts", "-r", "25", "-i", tmp_path / "both.h264", "-c", "copy", path)
        assert len(shown(path).times) == 30
        line = redact(efface, path, tmp_path / "out")
        if line["status"] == "ok":
            output = tmp_path / "out" / path.name
            check_timing(path, output)
            before, after = pixels(path), pixels(output)  # the decoder scales the second part to the size of the first
            assert len(after) == 30
            for i in range(15):
                assert is_plain(after[i]) or pictures.difference(before[i].astype(int), after[i].astype(int), core(i)) > 8
        else:
            assert "size" in line["error"] or "resolution" in line["error"]

    def test_absurd_dimensions(self, efface, tmp_path):
        """A header that promises more than there is: refused before memory is taken."""
        path = film(tmp_path / "a.mkv", video=("-c:v", "mjpeg", "-q:v", "3"), sound=())
        data = bytearray(path.read_bytes())
        at = data.index(b"\xff\xc0\0\x11\x08")
        while at >= 0:
            data[at + 5:at + 9] = struct.pack(">HH", 65500, 65500)
            at = data.find(b"\xff\xc0\0\x11\x08", at + 9)
        path.write_bytes(data)
        assert efface.measured("redact", path, "-o", tmp_path / "out", "--json", *FAST, code=None).peak < 900_000_000
        if (tmp_path / "out/a.mkv").exists():
            assert all(is_plain(frame) for frame in pixels(tmp_path / "out/a.mkv"))

    def test_a_wrong_ending_is_read_by_content(self, efface, tmp_path):
        path = film(tmp_path / "a.mkv", video=X264, sound=())
        path.rename(tmp_path / "a.mp4")
        line = redact(efface, tmp_path / "a.mp4", tmp_path / "out")
        assert line["status"] == "ok" and "matroska" in clips.probe(tmp_path / "out/a.mp4")["format"]["format_name"]


class TestPlaces:
    @pytest.fixture(scope="class")
    def path(self, tmp_path_factory):
        """Grain that takes room."""
        frames = moving(30)
        frames = numpy.clip(frames + numpy.random.default_rng(8).integers(-40, 41, frames.shape), 0, 255).astype(numpy.uint8)
        return film(tmp_path_factory.mktemp("places") / "a.mp4", frames=frames, video=X264)

    def test_a_full_disk(self, efface, path, tmp_path):
        folder = tmp_path / "disk"
        folder.mkdir()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder], capture_output=True,
                                               check=False).returncode != 0:
            pytest.skip("needs the right to mount a small tmpfs")
        try:
            line = redact(efface, path, folder)
            assert line["status"] == "failed" and files_below(folder) == []
        finally:
            subprocess.run(["umount", folder], check=True)

    def test_a_limit_on_files(self, efface, path, tmp_path):
        line = redact(efface, path, tmp_path / "out",
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)))
        assert line["status"] == "failed"

    def test_an_output_folder_that_may_not_be_written(self, efface, as_nobody, path):
        prefix, folder = as_nobody
        (folder / "a.mp4").write_bytes(path.read_bytes())
        (folder / "out").mkdir()
        run = efface("redact", folder / "a.mp4", "-o", folder / "out", "--json", *FAST, code=SOME_FAILED, prefix=prefix,
                     env={"XDG_CACHE_HOME": "", "HOME": ""})
        check_sentence(run.lines[0]["error"])
        assert files_below(folder) == ["a.mp4", "out"]

    def test_the_output_is_never_the_input(self, efface, path, tmp_path):
        (tmp_path / "a.mp4").write_bytes(path.read_bytes())
        efface("redact", tmp_path / "a.mp4", "-o", tmp_path, *FAST, code=None)
        assert (tmp_path / "a.mp4").read_bytes() == path.read_bytes()

    def test_what_exists_is_not_replaced_unless_told(self, efface, path, tmp_path):
        (tmp_path / "out").mkdir()
        (tmp_path / "out/a.mp4").write_bytes(b"mine")
        efface("redact", path, "-o", tmp_path / "out", *FAST, code=None)
        assert (tmp_path / "out/a.mp4").read_bytes() == b"mine"
        efface("redact", path, "-o", tmp_path / "out", "--overwrite", *FAST)
        assert len(shown(tmp_path / "out/a.mp4").times) == 30


def test_hostile_clips_of_the_evaluation_data(efface, data, tmp_path):
    """Everything in malformed/ that may be a clip, one run: a sentence each or a whole file, and in bounded time."""
    folder = tmp_path / "in"
    folder.mkdir()
    for path in (data / "malformed").iterdir():
        if path.name.split("_")[0] in ("avi", "mkv", "mp4", "gif", "webm"):
            (folder / f"{path.name}.{path.name.split('_')[0]}").symlink_to(path)
    run = efface("redact", folder, "-o", tmp_path / "out", "--json", *FAST, code=None)
    assert run.code in (DONE, SOME_FAILED) and len(run.lines) == len(list(folder.iterdir()))
    for line in run.lines:
        if line["status"] == "failed":
            check_sentence(line["error"])
    written = {name for name in files_below(tmp_path / "out") if not name.endswith((".efface.json", ".efface-journal.sqlite"))} if (tmp_path / "out").exists() else set()
    assert written == {os.path.basename(line["output"]) for line in run.lines if line["status"] == "ok"}
