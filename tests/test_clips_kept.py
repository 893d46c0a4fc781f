"""What a redacted clip keeps: container, codec, depth, sampling, colour, rotation, aspect, every frame's time, the sound; and what
it must not keep. Every sample is made by the ffmpeg command."""
import json
import re

import numpy
import pytest
from PIL import Image

import clips
import pictures
from clips import check_sound, check_timing, core, film, is_plain, moving, pixels, probe, shown, sound, streams, tags
from command import SOME_FAILED, check_sentence, record_of

clips.need_ffmpeg()
FAST = ("--effort", "fast")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "14", "-g", "12", "-bf", "2", "-b_strategy", "0")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "14", "-x265-params", "log-level=error:keyint=12:bframes=2")
AAC, MP3, OPUS = ("-c:a", "aac"), ("-c:a", "libmp3lame"), ("-c:a", "libopus")

# name: encoder, sound, more options
FIRST_TIER = {
    "h264.mp4": (X264, AAC, ()), "h264.mov": (X264, AAC, ()), "h264.mkv": (X264, AAC, ()),
    "h264.avi": ((*X264, "-bf", "0"), MP3, ()), "h264.ts": (X264, AAC, ()),
    "hevc.mp4": (X265, AAC, ("-tag:v", "hvc1")), "hevc.mov": (X265, AAC, ("-tag:v", "hvc1")), "hevc.mkv": (X265, AAC, ()),
    "hevc.ts": (X265, AAC, ()),
    "h264-10.mp4": (X264, AAC, ("-pix_fmt", "yuv420p10le")), "h264-422.mkv": (X264, AAC, ("-pix_fmt", "yuv422p")),
    "h264-422-10.mov": (X264, AAC, ("-pix_fmt", "yuv422p10le")), "hevc-10.mkv": (X265, AAC, ("-pix_fmt", "yuv420p10le")),
    "hevc-422-10.mp4": (X265, AAC, ("-pix_fmt", "yuv422p10le", "-tag:v", "hvc1")),
    "pcm.mov": (X264, ("-c:a", "pcm_s16le"), ()), "silent.mp4": (X264, (), ()),
}
SECOND_TIER = {
    "vp8.webm": (("-c:v", "libvpx", "-b:v", "4M", "-deadline", "realtime", "-cpu-used", "8"), OPUS, ()),
    "vp9.webm": (("-c:v", "libvpx-vp9", "-b:v", "4M", "-deadline", "realtime", "-cpu-used", "8"), OPUS, ()),
    "av1.mp4": (("-c:v", "libsvtav1", "-preset", "12", "-crf", "25"), AAC, ()),
    "mpeg4.mp4": (("-c:v", "mpeg4", "-q:v", "2"), AAC, ()), "mpeg4.avi": (("-c:v", "mpeg4", "-q:v", "2"), MP3, ()),
    "mpeg2.ts": (("-c:v", "mpeg2video", "-q:v", "2", "-bf", "2"), ("-c:a", "mp2"), ()),
    "mjpeg.avi": (("-c:v", "mjpeg", "-q:v", "2"), ("-c:a", "pcm_s16le"), ("-pix_fmt", "yuvj420p")),
    "prores.mov": (("-c:v", "prores_ks", "-profile:v", "2"), ("-c:a", "pcm_s16le"), ("-pix_fmt", "yuv422p10le")),
}
ALL = {**FIRST_TIER, **SECOND_TIER}


@pytest.fixture(scope="module")
def done(efface, tmp_path_factory):
    """Inputs, outputs, and the JSON lines of one run over all samples."""
    inputs, outputs = tmp_path_factory.mktemp("inputs"), tmp_path_factory.mktemp("outputs")
    frames = moving()
    for name, (video, audio, options) in ALL.items():
        film(inputs / name, *options, frames=frames, video=video, sound=audio)
    return inputs, outputs, efface("redact", inputs, "-o", outputs, "--json", *FAST, code=None, timeout=600)


@pytest.mark.parametrize("name", ALL)
class TestContainersAndCodecs:
    def test_comes_out_in_kind(self, done, name):
        inputs, outputs, run = done
        assert run.by_name[name]["status"] == "ok", run.by_name[name]["error"]
        before, after = probe(inputs / name), probe(outputs / name)
        assert after["format"]["format_name"] == before["format"]["format_name"]
        for mine, other in zip(before["streams"], after["streams"], strict=True):
            for field in ("codec_type", "codec_name", "width", "height", "pix_fmt", "channels", "sample_rate"):
                assert other.get(field) == mine.get(field), field

    def test_frames_times_and_sound(self, done, name):
        inputs, outputs, _ = done
        check_timing(inputs / name, outputs / name)
        if ALL[name][1]:
            check_sound(inputs / name, outputs / name)

    def test_the_face_is_hidden_in_every_frame(self, done, name):
        inputs, outputs, _ = done
        before, after = pixels(inputs / name), pixels(outputs / name)
        bare = [i for i in range(len(before)) if pictures.difference(before[i].astype(int), after[i].astype(int), core(i)) <= 8]
        assert bare == []

    def test_the_rest_of_the_picture_is_as_it_was(self, done, name):
        """Visually lossless: far from the masks, a signal-to-noise ratio of 34 dB and more."""
        inputs, outputs, _ = done
        before, after = pixels(inputs / name), pixels(outputs / name)
        record = record_of(outputs / name)
        for i in (0, len(before) - 1):
            area = ~pictures.grown(pictures.touched(record, clips.SIZE, 16, page=i), 8)
            assert area.mean() > 0.1
            assert pictures.psnr(before[i], after[i], area) > 34


class TestTiming:
    def check(self, efface, tmp_path, path, **sound_too):
        efface("redact", path, "-o", tmp_path / "out", *FAST)
        check_timing(path, tmp_path / "out" / path.name)
        if sound_too.get("sound", True):
            check_sound(path, tmp_path / "out" / path.name)
        return tmp_path / "out" / path.name

    def test_variable_frame_rate(self, efface, tmp_path):
        path = film(tmp_path / "a.mkv", "-vf", "setpts='(N+floor(N/3)*4)/25/TB'", "-vsync", "vfr", video=X264)
        steps = numpy.diff(shown(path).times)
        assert steps.max() > 3 * steps.min()
        self.check(efface, tmp_path, path)

    @pytest.mark.parametrize("kind", ["mp4", "mov"])
    def test_an_edit_list_that_hides_the_start(self, efface, tmp_path, kind):
        """Cut without encoding: pictures and sound before the cut are in the file, but nobody is to see or hear them."""
        whole = film(tmp_path / f"whole.{kind}", frames=moving(50, step=(1, 0)), video=(*X264, "-g", "50"))
        cut = tmp_path / f"cut.{kind}"
        clips.ffmpeg("-ss", "0.8", "-i", whole, "-c", "copy", cut)
        stored = len(clips._entries(cut, "v:0", "-ignore_editlist", "1", "-show_packets", "-show_entries", "packet=pts")["packets"])
        assert stored > len(shown(cut).times), "the sample should hide frames"
        output = self.check(efface, tmp_path, cut)
        kept = len(clips._entries(output, "v:0", "-ignore_editlist", "1", "-show_packets", "-show_entries", "packet=pts")["packets"])
        assert kept == len(shown(cut).times), "hidden frames are in the output"

    def test_a_late_start(self, efface, tmp_path):
        path = film(tmp_path / "a.ts", "-muxdelay", "3", video=X264)
        assert shown(path).times[0] > 1
        self.check(efface, tmp_path, path)

    def test_sound_that_starts_late(self, efface, tmp_path):
        path = film(tmp_path / "a.mkv", "-af", "asetpts=PTS+0.3/TB", video=X264)
        assert sound(path)[0].time > 0.2
        self.check(efface, tmp_path, path)

    def test_one_frame(self, efface, tmp_path):
        path = film(tmp_path / "a.mp4", frames=moving(1), sound=())
        self.check(efface, tmp_path, path, sound=False)


class TestPicture:
    def test_colour_tags(self, efface, tmp_path):
        path = film(tmp_path / "a.mp4", "-color_primaries", "bt2020", "-color_trc", "arib-std-b67", "-colorspace", "bt2020nc",
                    "-color_range", "tv", "-pix_fmt", "yuv420p10le", video=X264)
        efface("redact", path, "-o", tmp_path / "out", *FAST)
        (before,), (after,) = streams(path, "video"), streams(tmp_path / "out/a.mp4", "video")
        for field in ("color_range", "color_space", "color_transfer", "color_primaries"):
            assert field in before and after.get(field) == before[field]

    def test_mastering_display_and_light_levels(self, efface, tmp_path):
        master = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
        path = film(tmp_path / "a.mp4", "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1", video=(
            "-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
            f"log-level=error:hdr10=1:master-display={master}:max-cll=1000,400:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"))
        efface("redact", path, "-o", tmp_path / "out", *FAST)

        def light(name):
            told = clips._entries(name, "v:0", "-show_frames", "-read_intervals", "%+#1")["frames"][0].get("side_data_list", [])
            return {d["side_data_type"]: {k: v for k, v in d.items() if k != "side_data_size"} for d in told
                    if re.search("Mastering|light level", d["side_data_type"])}
        assert len(light(path)) == 2 and light(tmp_path / "out/a.mp4") == light(path)

    def test_rotation(self, efface, tmp_path):
        """Stored on its side: the face is found upright, and the file is turned as before."""
        upright = moving(12)
        stored = numpy.rot90(upright, axes=(1, 2))
        plain = film(tmp_path / "plain.mp4", frames=stored, video=X264)
        path = tmp_path / "a.mp4"
        clips.ffmpeg("-i", plain, "-c", "copy", "-metadata:s:v:0", "rotate=90", path)
        if pixels(path)[0].shape != upright[0].shape or numpy.abs(pixels(path)[0].astype(int) - upright[0]).mean() > 20:
            clips.ffmpeg("-i", plain, "-c", "copy", "-metadata:s:v:0", "rotate=270", path)
        assert numpy.abs(pixels(path)[0].astype(int) - upright[0]).mean() < 20
        efface("redact", path, "-o", tmp_path / "out", *FAST)
        after = pixels(tmp_path / "out/a.mp4")
        assert after.shape == upright.shape and probe(tmp_path / "out/a.mp4")["streams"][0]["width"] == clips.SIZE[1]
        assert all(pictures.difference(upright[i].astype(int), after[i].astype(int), core(i)) > 8 for i in range(12))
        record = record_of(tmp_path / "out/a.mp4")
        assert (record["input"]["width"], record["input"]["height"]) == clips.SIZE

    def test_sample_aspect(self, efface, tmp_path):
        path = film(tmp_path / "a.mp4", "-vf", "setsar=4/3", video=X264)
        efface("redact", path, "-o", tmp_path / "out", *FAST)
        assert streams(tmp_path / "out/a.mp4", "video")[0]["sample_aspect_ratio"] == "4:3"

    @pytest.mark.parametrize("name, video", [("a.mkv", (*X264, "-flags", "+ilme+ildct", "-x264-params", "tff=1")),
                                             ("a.ts", ("-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ilme+ildct"))])
    def test_interlaced(self, efface, tmp_path, name, video):
        path = film(tmp_path / name, "-vf", "setfield=tff", video=video)

        def fields(file):
            told = clips._entries(file, "v:0", "-show_frames", "-show_entries", "frame=interlaced_frame,top_field_first")["frames"]
            return {(f["interlaced_frame"], f["top_field_first"]) for f in told}
        assert fields(path) == {(1, 1)}
        efface("redact", path, "-o", tmp_path / "out", *FAST)
        assert fields(tmp_path / "out" / name) == {(1, 1)}
        check_timing(path, tmp_path / "out" / name)

    def test_quality_preset_and_codec(self, efface, tmp_path):
        path = film(tmp_path / "a.mp4", video=X264)
        sizes = {}
        for quality in ("30", "90"):
            efface("redact", path, "-o", tmp_path / quality, "--quality", quality, *FAST)
            sizes[quality] = (tmp_path / quality / "a.mp4").stat().st_size
            assert record_of(tmp_path / quality / "a.mp4")["settings"]["quality"] == int(quality)
        assert sizes["30"] < 0.7 * sizes["90"]
        efface("redact", path, "-o", tmp_path / "slow", "--preset", "medium", *FAST)
        efface("redact", path, "-o", tmp_path / "quick", "--preset", "ultrafast", *FAST)
        assert (tmp_path / "slow/a.mp4").read_bytes() != (tmp_path / "quick/a.mp4").read_bytes()
        efface("redact", path, "-o", tmp_path / "other", "--codec", "hevc", *FAST)
        assert streams(tmp_path / "other/a.mp4", "video")[0]["codec_name"] == "hevc"
        for wrong in (("--codec", "mauve"), ("--preset", "mauve"), ("--quality", "0"), ("--audio", "mauve")):
            efface("redact", path, "-o", tmp_path / "wrong", *wrong, code=2)


class TestSound:
    @pytest.fixture(scope="class")
    def path(self, tmp_path_factory):
        return film(tmp_path_factory.mktemp("sound") / "a.mp4", frames=moving(50, step=(1, 0)), video=X264)

    def test_copied_and_said_to_be_unheard(self, efface, path, tmp_path):
        run = efface("redact", path, "-o", tmp_path, *FAST)
        check_sound(path, tmp_path / "a.mp4")
        assert any("sound" in line.lower() and "review" in line for line in run.err.splitlines()), run.err
        assert any("ound" in warning and "review" in warning for warning in record_of(tmp_path / "a.mp4")["warnings"])

    def test_dropped(self, efface, path, tmp_path):
        run = efface("redact", path, "-o", tmp_path, "--audio", "drop", *FAST)
        assert streams(tmp_path / "a.mp4", "audio") == []
        check_timing(path, tmp_path / "a.mp4")
        assert not any("review" in warning for warning in record_of(tmp_path / "a.mp4")["warnings"])
        assert any(re.search("sound|audio", entry["what"]) for entry in record_of(tmp_path / "a.mp4")["removed"])
        assert "not reviewed" not in run.err

    @pytest.mark.parametrize("span", ["0.5-1.2", "00:00:00.5-00:00:01.200"])
    def test_muted(self, efface, path, tmp_path, span):
        """Nothing that was recorded in the span is there; the rest is, bit for bit and in its place."""
        efface("redact", path, "-o", tmp_path, "--mute", span, *FAST)
        before, after = sound(path), sound(tmp_path / "a.mp4")
        hashes = {p.hash for p in after}
        within = [p for p in before if p.time < 1.2 and p.time + p.duration > 0.5]
        assert within and not any(p.hash in hashes for p in within), "sound of the span is in the output"
        times = {p.hash: p.time for p in after}
        for p in before:
            if p.shown and (p.time + p.duration < 0.45 or p.time > 1.25) and p.time < 1.9:
                assert times.get(p.hash) == pytest.approx(p.time, abs=clips.TICK)
        wave = numpy.frombuffer(clips.ffmpeg("-i", tmp_path / "a.mp4", "-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", "8000",
                                             "-f", "s16le", "-"), numpy.int16)
        assert numpy.abs(wave[4400:9200].astype(int)).max() < 200 < numpy.abs(wave[2000:3500].astype(int)).max()

    @pytest.mark.parametrize("span", ["1", "2-1", "a-b", "-1-2", "0:0:0:1-2", "nan-3", "1-inf"])
    def test_spans_that_are_none(self, efface, path, tmp_path, span):
        for option in ("--mute", "--blank"):
            efface("redact", path, "-o", tmp_path / "out", f"{option}={span}", code=2)
        efface("redact", path, "-o", tmp_path / "out", "--region", f"1,2,30,40@{span}", code=2)
        assert not (tmp_path / "out").exists()


class TestDropped:
    """What hides in a clip beside its picture: each sample carries a word that must be nowhere in the output."""
    WORD = "Quillfeather"

    def check(self, efface, tmp_path, path, *words):
        data = path.read_bytes()
        assert self.WORD.encode() in data, "the sample should carry the word"
        efface("redact", path, "-o", tmp_path / "out", *FAST)
        output = tmp_path / "out" / path.name
        content = output.read_bytes()
        assert self.WORD.encode() not in content and self.WORD not in tags(output)
        assert [s["codec_type"] for s in probe(output)["streams"] if s["codec_type"] not in ("video", "audio")] == []
        removed = json.dumps(record_of(output)["removed"])
        assert record_of(output)["removed"] and self.WORD not in removed
        for word in words:
            assert re.search(word, removed), removed
        check_timing(path, output)
        return output

    @pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "avi"])
    def test_tags(self, efface, tmp_path, kind):
        path = film(tmp_path / f"a.{kind}", "-metadata", f"title={self.WORD}", "-metadata", f"artist={self.WORD}", "-metadata",
                    f"comment={self.WORD}", "-metadata:s:v:0", f"handler_name={self.WORD}", "-metadata:s:a:0", f"title={self.WORD}",
                    video=(*X264, "-bf", "0"), sound=MP3 if kind == "avi" else AAC)
        self.check(efface, tmp_path, path)

    def test_place_and_time(self, efface, tmp_path):
        path = film(tmp_path / "a.mov", "-metadata", "location=+12.3456+098.7654/", "-metadata", f"title={self.WORD}", "-metadata",
                    "creation_time=2031-02-03T04:05:06Z", video=X264)
        assert b"+12.3456" in path.read_bytes()
        output = self.check(efface, tmp_path, path)
        assert b"+12.3456" not in output.read_bytes() and "2031" not in tags(output)

    @pytest.mark.parametrize("kind, codec", [("mp4", "mov_text"), ("mkv", "srt")])
    def test_captions(self, efface, tmp_path, kind, codec):
        (tmp_path / "a.srt").write_text(f"1\n00:00:00,100 --> 00:00:00,700\nMy name is {self.WORD}\n")
        path = film(tmp_path / f"a.{kind}", "-map", "0:v", "-map", "1:a", "-map", "2:s", "-c:s", codec, video=X264,
                    inputs=("-i", tmp_path / "a.srt"))
        self.check(efface, tmp_path, path, "text|caption|subtitle")

    def test_chapters(self, efface, tmp_path):
        (tmp_path / "a.txt").write_text(f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle={self.WORD}\n")
        path = film(tmp_path / "a.mkv", "-map_chapters", "2", video=X264, inputs=("-i", tmp_path / "a.txt"))
        assert probe(path)["chapters"]
        assert probe(self.check(efface, tmp_path, path))["chapters"] == []

    def test_timecode(self, efface, tmp_path):
        path = film(tmp_path / "a.mov", "-timecode", "12:34:56:07", "-metadata", f"title={self.WORD}", video=X264)
        assert "12:34:56:07" in tags(path)
        output = self.check(efface, tmp_path, path, "timecode")
        assert "12:34:56:07" not in tags(output) and streams(output, "data") == []

    def test_a_cover_picture_and_an_attachment(self, efface, tmp_path):
        """The cover shows the face: it is neither copied nor taken for a track."""
        pictures.scene((320, 256), ((40, 0, 240),)).save(tmp_path / "cover.jpg", comment=self.WORD.encode())
        path = film(tmp_path / "a.mp4", "-map", "0:v", "-map", "1:a", "-map", "2:v", "-c:v:1", "copy", "-disposition:v:1", "attached_pic",
                    video=("-c:v:0", *X264[1:]), inputs=("-i", tmp_path / "cover.jpg"))
        assert len(streams(path, "video")) == 2
        assert len(streams(self.check(efface, tmp_path, path), "video")) == 1
        (tmp_path / "a.bin").write_text(self.WORD * 3)
        path = film(tmp_path / "a.mkv", "-attach", tmp_path / "a.bin", "-metadata:s:t", "mimetype=application/octet-stream", video=X264)
        self.check(efface, tmp_path, path)

    @pytest.mark.parametrize("kind", ["mp4", "ts"])
    def test_user_data_in_the_coded_video(self, efface, tmp_path, kind):
        path = film(tmp_path / f"a.{kind}", "-bsf:v", f"h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+{self.WORD}",
                    video=X264)
        self.check(efface, tmp_path, path)

    def test_two_tracks(self, efface, tmp_path):
        """A face in each: the second is redacted as well, never copied."""
        plain = film(tmp_path / "one.mp4", video=X264)
        other = film(tmp_path / "two.mp4", frames=moving(start=(60, 10), step=(-2, 0)), video=X264)
        path = tmp_path / "both.mp4"
        clips.ffmpeg("-i", plain, "-i", other, "-map", "0", "-map", "1:v", "-c", "copy", path)
        efface("redact", path, "-o", tmp_path / "out", *FAST)
        assert len(streams(tmp_path / "out/both.mp4", "video")) == 2
        for track, shape in ((0, {}), (1, {"start": (60, 10), "step": (-2, 0)})):
            check_timing(path, tmp_path / "out/both.mp4", track)
            before, after = pixels(path, track), pixels(tmp_path / "out/both.mp4", track)
            bare = [i for i in range(20) if pictures.difference(before[i].astype(int), after[i].astype(int), core(i, **shape)) <= 8]
            assert bare == [], f"track {track}"
        efface("redact", path, "-o", tmp_path / "blank", "--blank", "0-99", *FAST)
        assert all(is_plain(f) for track in (0, 1) for f in pixels(tmp_path / "blank/both.mp4", track))


class TestAnimations:
    """Animated GIF, PNG and WebP, which Pillow reads."""

    @pytest.fixture(scope="class")
    def frames(self):
        return [Image.fromarray(frame) for frame in moving(6, step=(4, 0))]

    @pytest.mark.parametrize("name, options", [("a.gif", {"optimize": False}), ("a.png", {}), ("a.webp", {"lossless": True}),
                                               ("lossy.webp", {"quality": 90})])
    def test_frames_times_and_loops(self, efface, frames, tmp_path, name, options):
        durations = [40, 80, 120, 200, 80, 60]
        given = [f.quantize(128, dither=0) for f in frames] if name.endswith("gif") else frames
        given[0].save(tmp_path / name, save_all=True, append_images=given[1:], duration=durations, loop=3, **options)
        efface("redact", tmp_path / name, "-o", tmp_path / "out", *FAST)

        def read(path):
            found = []
            with Image.open(path) as picture:
                for i in range(picture.n_frames):
                    picture.seek(i)
                    picture.load()
                    found.append((picture.info["duration"], numpy.asarray(picture.convert("RGB")).astype(int)))
                return picture.info.get("loop"), picture.format, found
        before, after = read(tmp_path / name), read(tmp_path / "out" / name)
        assert before[:2] == after[:2] and [d for d, _ in before[2]] == [d for d, _ in after[2]] and len(after[2]) == 6
        record = record_of(tmp_path / "out" / name)
        assert record["input"]["kind"] == "clip" and record["input"]["frames"] == 6
        for i, ((_, mine), (_, other)) in enumerate(zip(before[2], after[2])):
            assert pictures.difference(mine, other, core(i, step=(4, 0))) > 8, f"frame {i} is bare"
            untouched = ~pictures.grown(pictures.touched(record, clips.SIZE, page=i), 2)
            if name in ("a.png", "a.webp"):
                assert (mine[untouched] == other[untouched]).all()
            else:
                assert pictures.psnr(mine, other, untouched) > 30


@pytest.mark.parametrize("name, video, word", [
    ("a.mkv", ("-c:v", "ffv1"), "FFV1"), ("a.avi", ("-c:v", "wmv2"), "WMV|Windows"), ("a.nut", X264, "NUT|container|format"),
    ("a.mov", ("-c:v", "qtrle", "-pix_fmt", "rgb24"), "Animation|RLE|qtrle|QuickTime")])
def test_what_is_not_redacted_has_a_sentence(efface, tmp_path, name, video, word):
    film(tmp_path / name, "-pix_fmt", "rgb24" if "qtrle" in video else "yuv420p", video=video, sound=())
    run = efface("redact", tmp_path / name, "-o", tmp_path / "out", "--json", *FAST, code=None)
    if run.code == SOME_FAILED:
        check_sentence(run.lines[0]["error"])
        assert re.search(word, run.lines[0]["error"], re.IGNORECASE) and not (tmp_path / "out").exists()
    else:  # "else H.264, with a warning in the record"
        assert run.code == 0 and any("H.264" in warning for warning in record_of(tmp_path / "out" / name)["warnings"])
        check_timing(tmp_path / name, tmp_path / "out" / name)
