"""Makes photos and clips that carry a secret in one hiding place each, put together by hand where no tool writes it. The secret is
a text of 40 bytes, or bytes of a small picture that holds it; carries() looks for it in what came out."""
import base64
import hashlib
import io
import re
import struct
import subprocess
import zlib

from PIL import Image, ImageCms

import pictures

SIZE = (64, 48)


def token(name):
    """The secret of a case: 40 letters and digits that stand nowhere else."""
    return hashlib.sha1(f"hidden {name}".encode()).hexdigest().encode()


def carries(data, secret):
    """Whether bytes hold the secret: as it is, in UTF-16, hexadecimal or base64, or in any zlib stream."""
    coded = [secret, secret.decode("latin-1").encode("utf-16-le"), secret.hex().encode(), secret.hex().upper().encode()]
    coded += [base64.b64encode(b"\0" * shift + secret)[4:-4] for shift in range(3)]
    if any(each in data for each in coded):
        return True
    for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        try:
            plain = zlib.decompressobj().decompress(data[start.start():], 1 << 22)
        except zlib.error:
            continue
        if any(each in plain for each in coded):
            return True
    return False


def photo(kind="RGB", size=SIZE):
    return pictures.background(*size).convert(kind)


def small_picture(secret):
    """A JPEG that holds the secret."""
    return pictures.encoded(pictures.background(16, 12), "JPEG", comment=secret)


# TIFF structures.

class Tiff:
    """Put together from its end: what is pointed to is added first. Entries are (tag, type, count, bytes)."""

    def __init__(self):
        self.bytes = bytearray(b"II*\0\0\0\0\0")

    def data(self, data):
        at = len(self.bytes)
        self.bytes += data + b"\0" * (len(data) % 2)
        return at

    def ifd(self, entries, following=0):
        rows = b""
        for tag, kind, count, value in sorted(entries):
            if len(value) > 4:
                value = struct.pack("<I", self.data(value))
            rows += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
        return self.data(struct.pack("<H", len(entries)) + rows + struct.pack("<I", following))

    def finish(self, first):
        self.bytes[4:8] = struct.pack("<I", first)
        return bytes(self.bytes)


def text(tag, value):
    return (tag, 2, len(value) + 1, value + b"\0")


def undefined(tag, value):
    return (tag, 7, len(value), value)


def long(tag, value):
    return (tag, 4, 1, struct.pack("<I", value))


def short(tag, value):
    return (tag, 3, 1, struct.pack("<H", value))


def exif(where, secret):
    """An EXIF block that holds the secret in one place."""
    tiff = Tiff()
    if where == "thumbnail":
        picture = small_picture(secret)
        second = tiff.ifd([long(0x0201, tiff.data(picture)), long(0x0202, len(picture)), short(0x0103, 6)])
        return tiff.finish(tiff.ifd([short(0x0112, 1)], second))
    if where == "slack":
        tiff.data(secret)
        return tiff.finish(tiff.ifd([short(0x0112, 1)]))
    if where == "gps":
        gps = tiff.ifd([text(1, b"N"), (2, 5, 3, struct.pack("<6I", 42, 1, 21, 1, 36, 1)), undefined(0x1B, b"ASCII\0\0\0" + secret)])
        return tiff.finish(tiff.ifd([short(0x0112, 1), long(0x8825, gps)]))
    if where == "preview":
        picture = small_picture(secret)
        below = tiff.ifd([long(0x0201, tiff.data(picture)), long(0x0202, len(picture))])
        return tiff.finish(tiff.ifd([short(0x0112, 1), long(0x014A, below)]))
    entry = {"maker-note": undefined(0x927C, b"MAKER\0" + secret), "serial": text(0xA431, secret), "owner": text(0xA430, secret),
             "lens": text(0xA435, secret), "comment": undefined(0x9286, b"ASCII\0\0\0" + secret),
             "time": text(0x9003, secret)}[where]
    return tiff.finish(tiff.ifd([short(0x0112, 1), long(0x8769, tiff.ifd([entry]))]))


def xmp(body):
    return (b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
            b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' + body +
            b'/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>')


def plain_xmp(secret):
    return xmp(b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="' + secret + b'"')


def jumbf(secret):
    """A JUMBF box of C2PA with a description and a picture."""
    description = mp4_box(b"jumd", b"c2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa.thumbnail\0")
    return mp4_box(b"jumb", description + mp4_box(b"bidb", small_picture(secret)))


def tiny_clip(secret):
    return mp4_box(b"ftyp", b"mp42\0\0\0\0isommp42") + mp4_box(b"mdat", secret)


# JPEG.

def segment(marker, payload):
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def jpeg(inserted=b"", after=b"", **options):
    base = pictures.encoded(photo(), "JPEG", quality=90, **options)
    return base[:2] + inserted + base[2:] + after


def scan_start(file):
    """Where the coded data begins."""
    at = file.index(b"\xff\xda")
    return at + 2 + struct.unpack(">H", file[at + 2:at + 4])[0]


def jpeg_exif(where):
    return lambda secret: jpeg(segment(0xE1, b"Exif\0\0" + exif(where, secret)))


def jpeg_extended_xmp(data):
    """XMP in two parts, the second by the hash of all of it."""
    name = hashlib.md5(data).hexdigest().upper().encode()
    first = xmp(b'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="' + name + b'"')
    return (segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + first) +
            segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + name + struct.pack(">II", len(data), 0) + data))


def jpeg_depth(secret):
    return jpeg(jpeg_extended_xmp(xmp(b'xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GDepth:Data="' +
                                      base64.b64encode(small_picture(secret)) + b'"')))


def jpeg_container(secret):
    more = small_picture(secret)
    says = xmp(b'xmlns:GContainer="http://ns.google.com/photos/1.0/container/" GContainer:Length="' + str(len(more)).encode() + b'"')
    return jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + says), more)


def jpeg_gain_map(secret):
    says = xmp(b'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"')
    return jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + says), small_picture(secret))


def jpeg_mpf(secret):
    index = Tiff()
    index = index.finish(index.ifd([undefined(0xB000, b"0100"), long(0xB001, 2)]))
    return jpeg(segment(0xE2, b"MPF\0" + index), small_picture(secret))


def resources(number, data):
    """Photoshop's image resources."""
    return b"8BIM" + struct.pack(">H", number) + b"\0\0" + struct.pack(">I", len(data)) + data + b"\0" * (len(data) % 2)


def photoshop(number, data):
    return segment(0xED, b"Photoshop 3.0\0" + resources(number, data))


def iptc(secret):
    return struct.pack(">BBBH", 0x1C, 2, 120, len(secret)) + secret


def photoshop_thumbnail(secret):
    return struct.pack(">IIIIIIHH", 1, 16, 12, 48, 576, 0, 24, 1) + small_picture(secret)


def jpeg_between(secret):
    """Bytes that belong to no segment, after JFIF's."""
    base = jpeg()
    return base[:20] + secret + base[20:]


def jpeg_surplus(secret):
    """Bytes of the scan after the last block."""
    file = jpeg()
    end = file.rindex(b"\xff\xd9")
    return file[:end] + secret + file[end:]


def jpeg_between_scans(secret):
    file = pictures.encoded(photo(), "JPEG", quality=90, progressive=True)
    at = file.index(b"\xff\xda", scan_start(file))
    return file[:at] + segment(0xFE, secret) + file[at:]


def jpeg_quantisation(secret):
    return jpeg(segment(0xDB, b"\x03" + secret.ljust(64, b"1")))


def jpeg_huffman(secret):
    counts = bytes([0] * 7 + [len(secret)] + [0] * 8)
    return jpeg(segment(0xC4, b"\x13" + counts + secret))


# PNG.

def png(picture=None, chunks=b"", before=b"IDAT", after=b"", **options):
    base = pictures.encoded(picture or photo(), "PNG", **options)
    at = base.index(before) - 4
    return base[:at] + chunks + base[at:] + after


def png_chunk(kind, payload):
    return pictures.png_chunk(kind, payload)


def png_surplus(secret):
    """Bytes of IDAT after the end of its zlib stream."""
    file = png()
    chunks = pictures.png_chunks(file)
    return file[:8] + b"".join(png_chunk(kind, payload + secret if kind == b"IDAT" else payload) for kind, payload in chunks)


def png_rows(secret):
    """More rows in the zlib stream than the picture has: what is left of a larger one."""
    file = png()
    made = b""
    for kind, payload in pictures.png_chunks(file):
        if kind == b"IDAT":
            payload = zlib.compress(zlib.decompress(payload) + secret * 20)
        made += png_chunk(kind, payload)
    return file[:8] + made


def with_palette(secret, **more):
    """A palette picture of two colours, the rest of whose palette is the secret."""
    picture = Image.new("P", SIZE)
    picture.putpalette(b"\x20\x30\x40\xc0\xb0\xa0" + secret.ljust(762, b"\0"))
    picture.paste(1, (10, 10, 40, 30))
    return picture


def with_hidden_colour(secret):
    """A picture whose lower half is transparent, with the secret as colours under it."""
    picture = photo("RGBA")
    picture.putalpha(255)
    data = bytearray(picture.tobytes())
    start = SIZE[0] * 24 * 4
    data[start:] = bytes(4 * (SIZE[0] * SIZE[1] - SIZE[0] * 24))
    for i in range(0, len(secret) - 2, 3):
        data[start + 4 * (i // 3):start + 4 * (i // 3) + 3] = secret[i:i + 3]
    return Image.frombytes("RGBA", SIZE, bytes(data))


def hidden_colour_found(path, secret):
    with Image.open(path) as picture:
        data = picture.convert("RGBA").tobytes()
    return secret[:36] in b"".join(data[i:i + 3] for i in range(0, len(data), 4))


def default_image(secret):
    """An APNG whose default image is none of its frames."""
    frames = [photo(), photo().transpose(Image.FLIP_TOP_BOTTOM)]
    made = pictures.encoded(Image.new("RGB", SIZE, "white"), "PNG", save_all=True, append_images=frames, default_image=True)
    chunks, out = pictures.png_chunks(made), made[:8]
    for kind, payload in chunks:
        if kind == b"IDAT":  # stored without compression, so that the secret can be searched for
            rows = b"".join(b"\0" + (secret * 5)[:SIZE[0] * 3].ljust(SIZE[0] * 3, b"\0") for _ in range(SIZE[1]))
            payload = zlib.compress(rows, 0)
        out += png_chunk(kind, payload)
    return out


# GIF.

def gif(inserted=b"", after=b"", picture=None, **options):
    base = pictures.encoded(picture or photo("P"), "GIF", **options)
    at = 13 + (3 << (base[10] & 7) + 1)
    return base[:at] + inserted + base[at:] + after


def blocks(data):
    return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255)) + b"\0"


def gif_surplus(secret):
    """Bytes after the code that ends the picture."""
    file = gif()
    end = file.rindex(b"\0;")
    return file[:end] + bytes([len(secret)]) + secret + file[end:]


def animated_gif(inserted=b"", outside=None):
    """Two frames; `outside`: a third that lies beyond the canvas, so that nothing shows it."""
    frames = [photo("P"), photo("P").transpose(Image.FLIP_TOP_BOTTOM)]
    base = pictures.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    at = 13 + (3 << (base[10] & 7) + 1)
    more = b""
    if outside:
        more = b"," + struct.pack("<HHHHB", 0, 0, 4, 4, 0x80) + outside.ljust(6, b"\0")[:6] + b"\x08" + blocks(outside)
    return base[:at] + inserted + base[at:-1] + more + b";"


# WebP.

def riff_file(kind, chunks):
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + kind + body


def webp_chunks(file):
    at, chunks = 12, []
    while at + 8 <= len(file):
        name, size = file[at:at + 4], struct.unpack("<I", file[at + 4:at + 8])[0]
        chunks.append((name, file[at + 8:at + 8 + size]))
        at += 8 + size + size % 2
    return chunks


def webp(*more, flags=0, surplus=b"", into=b"", after=b"", picture=None, **options):
    """A file with chunks after its picture, or surplus bytes in the chunk `into`."""
    chunks = webp_chunks(pictures.encoded(picture or photo(), "WEBP", **{"quality": 85, **options}))
    chunks = [(name, data + surplus if name == into else data) for name, data in chunks]
    if more and chunks[0][0] != b"VP8X":
        size = struct.pack("<I", SIZE[0] - 1)[:3] + struct.pack("<I", SIZE[1] - 1)[:3]
        chunks = [(b"VP8X", bytes([flags, 0, 0, 0]) + size), *chunks]
    return riff_file(b"WEBP", [*chunks, *more]) + after


def animated_webp(secret):
    """A chunk that no standard names within each frame."""
    frames = [photo(), photo().transpose(Image.FLIP_TOP_BOTTOM)]
    chunks = webp_chunks(pictures.encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100, lossless=True))
    return riff_file(b"WEBP", [(name, data + b"ABCD" + struct.pack("<I", len(secret)) + secret if name == b"ANMF" else data)
                               for name, data in chunks])


# TIFF.

def tiff_page(maker, more=(), samples=None, following=0, size=SIZE):
    samples = samples or photo("L", size).tobytes()
    at = maker.data(samples)
    return maker.ifd([short(256, size[0]), short(257, size[1]), short(258, 8), short(259, 1), short(262, 1), long(273, at), short(277, 1),
                      short(278, size[1]), long(279, len(samples)), *more], following)


def tiff(*more, reduced=None, below=None, gap=b"", after=b"", slack=b""):
    maker = Tiff()
    if gap:
        maker.data(gap)
    entries, following = list(more), 0
    if reduced:
        small = (8, 5)
        following = tiff_page(maker, [long(254, 1)], reduced[:40], size=small)
    if below:
        entries.append(long(330, tiff_page(maker, [long(254, 1)], below[:40], size=(8, 5))))
    return maker.finish(tiff_page(maker, entries, photo("L").tobytes() + slack, following)) + after


def tiff_exif(entry):
    maker = Tiff()
    below = maker.ifd([entry])
    return maker.finish(tiff_page(maker, [long(0x8769, below)]))


def tiff_gps(secret):
    maker = Tiff()
    below = maker.ifd([undefined(0x1B, b"ASCII\0\0\0" + secret)])
    return maker.finish(tiff_page(maker, [long(0x8825, below)]))


# BMP.

def bmp(bits=24, gap=b"", after=b"", fourth=b"", profile=b"", padding=b""):
    width, height = (62, 48) if padding else SIZE
    row = {24: b"\x40\x50\x60" * width, 32: b"\x40\x50\x60\x00" * width}[bits]
    row += b"\0" * (-len(row) % 4)
    rows = bytearray(row * height)
    for i, byte in enumerate(fourth):
        rows[4 * i + 3] = byte
    if padding:
        for i in range(0, len(padding), 2):
            rows[(i // 2 + 1) * len(row) - 2:(i // 2 + 1) * len(row)] = padding[i:i + 2]
    if profile:
        header = struct.pack("<IiiHHIIiiII", 124, width, height, 1, bits, 0, len(rows), 2835, 2835, 0, 0)
        header += bytes(16) + b"KNIL" + bytes(48) + struct.pack("<IIII", 4, 124 + len(gap) + len(rows), len(profile), 0)
    else:
        header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, len(rows), 2835, 2835, 0, 0)
    start = 14 + len(header) + len(gap)
    whole = header + gap + bytes(rows) + profile + after
    return b"BM" + struct.pack("<IHHI", 14 + len(whole), 0, 0, start) + whole


def bmp_palette(secret):
    return pictures.encoded(with_palette(secret), "BMP")


# HEIF.

def mp4_box(kind, payload):
    return struct.pack(">I", len(payload) + 8) + kind + payload


def full_box(kind, payload, version=0, flags=0):
    return mp4_box(kind, struct.pack(">I", version << 24 | flags) + payload)


def mp4_boxes(data):
    """[(kind, payload)]"""
    at, found = 0, []
    while at + 8 <= len(data):
        size, kind, head = struct.unpack(">I", data[at:at + 4])[0], data[at + 4:at + 8], 8
        if size == 1:
            size, head = struct.unpack(">Q", data[at + 8:at + 16])[0], 16
        size = size or len(data) - at
        found.append((kind, data[at + head:at + size]))
        at += size
    return found


def box_of(data, *path):
    for kind in path:
        data = next(payload for name, payload in mp4_boxes(data) if name == kind)
        if kind == b"meta":
            data = data[4:]
    return data


def coded_still(file):
    """(kind, property boxes, coded bytes) of the primary item of a file of one picture, as heif-enc and avifenc write it."""
    meta = box_of(file, b"meta")
    location = box_of(meta, b"iloc")
    version, sizes = location[0], struct.unpack(">H", location[4:6])[0]
    assert version < 2
    at, base = 8, sizes >> 4 & 15
    at += 2 + (2 if version == 1 else 0) + 2 + base
    count = struct.unpack(">H", location[at:at + 2])[0]
    assert count == 1 and sizes >> 12 == 4 and sizes >> 8 & 15 == 4
    offset, length = struct.unpack(">II", location[at + 2:at + 10])
    if base:
        offset += int.from_bytes(location[at - base:at], "big")
    kind = b"av01" if b"av01" in file else b"hvc1"
    wanted = (b"ispe", b"pixi", b"av1C", b"hvcC", b"colr")
    properties = [mp4_box(name, payload) for name, payload in mp4_boxes(box_of(meta, b"iprp", b"ipco")) if name in wanted]
    return kind, properties, file[offset:offset + length]


class Heif:
    """Items, put together anew. The first is the primary one."""

    def __init__(self, still):
        self.kind, self.properties, self.coded = still
        self.items, self.references, self.more, self.gap, self.after, self.in_meta = [], [], b"", b"", b"", b""
        self.extra = []
        self.add(self.kind, self.coded, self.properties)

    def add(self, kind, data, properties=(), name=b"", content=b"", hidden=False):
        """The number of the new item."""
        self.items.append((kind, data, list(properties), name, content, hidden))
        return len(self.items)

    def refer(self, kind, source, *targets):
        self.references.append(mp4_box(kind, struct.pack(">HH", source, len(targets)) + b"".join(struct.pack(">H", t) for t in targets)))

    def picture(self, surplus=b"", properties=(), **more):
        return self.add(self.kind, self.coded + surplus, [*self.properties, *properties], **more)

    def finish(self):
        boxes, associations = [], b""
        for i, (_, _, properties, *_) in enumerate(self.items):
            numbers = []
            for box in properties:
                boxes.append(box)
                numbers.append(len(boxes) | (0x80 if box[4:8] in (b"av1C", b"hvcC") else 0))
            if numbers:
                associations += struct.pack(">HB", i + 1, len(numbers)) + bytes(numbers)
        count = sum(1 for item in self.items if item[2])
        entries = b"".join(full_box(b"infe", struct.pack(">HH", i + 1, 0) + kind + name + b"\0" + (content + b"\0" if kind == b"mime" else b""),
                                    2, int(hidden)) for i, (kind, _, _, name, content, hidden) in enumerate(self.items))
        brand = b"avif" if self.kind == b"av01" else b"heic"
        head = mp4_box(b"ftyp", brand + b"\0\0\0\0" + brand + b"mif1" + (b"miaf" if brand == b"avif" else b""))

        def meta(start):
            rows, at = b"", start
            for i, item in enumerate(self.items):
                rows += struct.pack(">HHHII", i + 1, 0, 1, at, len(item[1]))
                at += len(item[1])
            inner = full_box(b"hdlr", b"\0\0\0\0pict" + bytes(13)) + full_box(b"pitm", b"\0\1")
            inner += full_box(b"iloc", b"\x44\0" + struct.pack(">H", len(self.items)) + rows)
            inner += full_box(b"iinf", struct.pack(">H", len(self.items)) + entries)
            if self.references:
                inner += full_box(b"iref", b"".join(self.references))
            inner += mp4_box(b"iprp", mp4_box(b"ipco", b"".join(boxes)) + full_box(b"ipma", struct.pack(">I", count) + associations))
            return full_box(b"meta", inner + self.in_meta)

        start = len(head) + len(meta(0)) + 8
        return head + meta(start) + mp4_box(b"mdat", b"".join(item[1] for item in self.items) + self.gap) + self.more + self.after


def auxiliary(urn):
    return full_box(b"auxC", urn + b"\0")


def leb128(value):
    made = b""
    while value > 127:
        made, value = made + bytes([value & 127 | 128]), value >> 7
    return made + bytes([value])


def av1_metadata(secret):
    """A unit of ITU-T T.35 metadata."""
    payload = leb128(4) + b"\xb5\x12\x34" + secret + b"\x80"
    return b"\x2a" + leb128(len(payload)) + payload


def h26x_message(secret, hevc, captions=False):
    """A unit of user data (SEI), without a start code or length."""
    body = b"\xb5\x00\x31GA94\x03\x41\xff" + secret if captions else bytes(range(16, 32)) + secret
    assert len(body) < 255
    return (b"\x4e\x01" if hevc else b"\x06") + bytes([4 if captions else 5, len(body)]) + body + b"\x80"


# Clips.

def ffmpeg(*arguments, **more):
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-bitexact", *map(str, arguments)], capture_output=True, check=False, **more)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


VIDEO = ("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=0.48")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:duration=0.48")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "6", "-bsf:v", "filter_units=remove_types=6")


def insert_boxes(data, path, boxes, first=True):
    """The boxes, with more at the end of the one that `path` names (of several: the first). Nothing before it may be counted in
    offsets: FFmpeg's index stands after the media."""
    if not path:
        return data + boxes
    made, done = b"", False
    for kind, payload in mp4_boxes(data):
        if kind == path[0] and not done:
            payload, done = insert_boxes(payload, path[1:], boxes), True
        made += mp4_box(kind, payload)
    assert done, path
    return made


def change_box(data, path, change):
    """The boxes, with the payload of the one that `path` names given through `change`, which may change its length."""
    made, done = b"", False
    for kind, payload in mp4_boxes(data):
        if kind == path[0] and not done:
            payload, done = change(payload) if len(path) == 1 else change_box(payload, path[1:], change), True
        made += mp4_box(kind, payload)
    assert done, path
    return made


def after_media(file, secret):
    """Bytes at the end of mdat that no sample table counts."""
    return b"".join(mp4_box(kind, payload + secret if kind == b"mdat" else payload) for kind, payload in mp4_boxes(file))


def start_units(stream):
    """The units of an H.264 or HEVC stream with start codes."""
    return [unit for unit in re.split(rb"\x00?\x00\x00\x01", stream) if unit]


def with_message(stream, message, hevc=False):
    """The stream with a unit before every picture."""
    made = b""
    for unit in start_units(stream):
        kind = unit[0] >> 1 & 63 if hevc else unit[0] & 31
        picture = kind < 32 if hevc else kind in (1, 5)
        made += (b"\0\0\0\1" + message if picture else b"") + b"\0\0\0\1" + unit
    return made


def ts_packets(stream, pid, payloads):
    """The transport stream with packets of 184 bytes each after its first two seconds' worth of tables."""
    made = b""
    for i, payload in enumerate(payloads):
        made += struct.pack(">BHB", 0x47, pid, 0x10 | i & 15) + payload.ljust(184, b"\xff")
    return stream[:188 * 3] + made + stream[188 * 3:]


def ebml(number, payload):
    return bytes.fromhex(number) + (0x01 << 56 | len(payload)).to_bytes(8, "big") + payload


def matroska_append(file, elements):
    """Elements after the last of the segment, whose size is corrected."""
    at = file.index(bytes.fromhex("18538067")) + 4
    size = int.from_bytes(file[at:at + 8], "big") & (1 << 56) - 1
    assert file[at] == 1 and at + 8 + size == len(file)
    return file[:at] + (1 << 56 | size + len(elements)).to_bytes(8, "big") + file[at + 8:] + elements


def riff_append(file, chunk):
    """A chunk at the end of an AVI file's first RIFF."""
    size = struct.unpack("<I", file[4:8])[0]
    assert size + 8 == len(file)
    return file[:4] + struct.pack("<I", size + len(chunk)) + file[8:] + chunk


def riff_chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def profile_with(secret):
    """An ICC profile with a private tag."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = struct.unpack(">I", plain[128:132])[0]
    tags, body = plain[132:132 + 12 * count], plain[132 + 12 * count:]
    moved = b"".join(tags[i:i + 4] + struct.pack(">I", struct.unpack(">I", tags[i + 4:i + 8])[0] + 12) + tags[i + 8:i + 12]
                     for i in range(0, len(tags), 12))
    own = b"data\0\0\0\0\0\0\0\0" + secret
    moved += b"priv" + struct.pack(">II", 132 + 12 * (count + 1) + len(body), len(own))
    whole = plain[:128] + struct.pack(">I", count + 1) + moved + body + own
    return struct.pack(">I", len(whole)) + whole[4:]


def save(path, data):
    path.write_bytes(data)
    return path


def pillow(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


class Makers:
    """Clips and coded pictures that several cases are made of, each made once. `folder`: where tools may write."""

    def __init__(self, folder):
        self.folder = folder
        self.made = {}

    def clip(self, name, *options):
        """The bytes of what ffmpeg makes of these options; `name` says the container."""
        if (name, options) not in self.made:
            path = self.folder / f"{len(self.made)}{name}"
            ffmpeg(*options, path)
            self.made[name, options] = path.read_bytes()
        return self.made[name, options]

    def h264(self, name, *options, sound=("-c:a", "aac")):
        return self.clip(name, *VIDEO, *SOUND, *X264, *sound, *options)

    def subtitled(self, secret, *options, inputs=VIDEO):
        """Options for an input of subtitles that say the secret."""
        path = self.folder / f"{secret.decode()}.srt"
        path.write_bytes(b"1\n00:00:00,000 --> 00:00:00,400\n" + secret + b"\n\n")
        return (*inputs, "-i", path, *X264, *options)

    def raw(self, hevc=False):
        """A coded stream with start codes."""
        coder = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:info=0", "-pix_fmt", "yuv420p") if hevc else X264
        return self.clip(".hevc" if hevc else ".h264", *VIDEO, *coder)

    def mux(self, stream, name, hevc=False):
        """A coded stream in a container."""
        path = self.folder / ("in.hevc" if hevc else "in.h264")
        path.write_bytes(stream)
        out = self.folder / f"muxed{name}"
        ffmpeg("-r", "25", "-i", path, "-c", "copy", "-copyinkf", out)
        return out.read_bytes()

    def heif(self, kind, striped=False):
        """A Heif of a picture without a face; kind: "avif" or "heic"."""
        if (kind, striped) not in self.made:
            picture = photo(size=(64, 64))
            for at in range(0, 64, 8) if striped else ():
                picture.paste((255, 255, 255), (at, at, 64, at + 4))
            picture.save(self.folder / "still.png")  # of whole blocks, so that HEVC cuts off nothing
            out = self.folder / f"still.{kind}"
            tool = ["avifenc", "-s", "8"] if kind == "avif" else ["heif-enc", "-q", "80", "-o"]
            arguments = [self.folder / "still.png", out] if kind == "avif" else [out, self.folder / "still.png"]
            subprocess.run([*tool, *arguments], check=True, capture_output=True)
            self.made[kind, striped] = coded_still(out.read_bytes())
        return Heif(self.made[kind, striped])
