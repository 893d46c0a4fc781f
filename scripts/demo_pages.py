"""The demo's pages and its contact sheet.

    demo_pages.py pages PORTRAIT FOLDER           composes the pages from one public-domain portrait (NASA, in scikit-image)
    demo_pages.py sheet ORIGINALS REDACTED FILE   originals and results side by side, as PNG
"""

import pathlib
import sys
import textwrap

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

FONTS = pathlib.Path("/usr/share/fonts/truetype/dejavu")
INK, PALE, NAVY, BRICK, PINE = "#22262c", "#6b7280", "#1d3a66", "#9c3b2e", "#2f5d50"
HEAD = (96, 4, 356, 264)  # head and shoulders in the portrait, which is 512 x 512
BUST = (40, 0, 400, 480)

NEWS = ("More than four hundred neighbours came to the open day at the library. They looked through telescopes on the roof, "
        "sat in a model of a capsule, and asked how one sleeps without a floor. The youngest question of the day was also the "
        "best: where does the dust go? A second evening follows in the autumn, with room for the questions that were left over.")
MORE = ("The reading room stays open until nine in the evening all through the summer. Bring a cup for tea. The workshop on the "
        "ground floor mends bicycles, lamps and radios on the first Saturday of each month.")
AGENDA = ("1.  Minutes of the last meeting", "2.  Street trees on the market square: report and vote", "3.  Opening hours of the "
          "swimming hall in winter", "4.  Redaction of photos in published records", "5.  Questions from the public")


def font(name, size):
    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), size)


SERIF, SERIF_BOLD, SANS, SANS_BOLD = "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSans", "DejaVuSans-Bold"


class Portrait:
    """One portrait in many looks."""

    def __init__(self, path):
        self.picture = Image.open(path).convert("RGB")

    def look(self, width, height, crop=HEAD, flip=False, tone=None, light=1.0):
        """Cut to the crop and size. tone: None (colours), "grey" or "sepia"; light: 1 is unchanged."""
        photo = ImageOps.fit(self.picture.crop(crop), (width, height), Image.LANCZOS, centering=(0.5, 0.3))
        if flip:
            photo = ImageOps.mirror(photo)
        if tone:
            photo = ImageOps.grayscale(photo)
            photo = ImageOps.colorize(photo, "#2b1d0e", "#f6e7c8") if tone == "sepia" else photo.convert("RGB")
        return ImageEnhance.Brightness(photo).enhance(light)


def paragraph(draw, text, left, top, columns, face, colour=INK, leading=1.45):
    """Draws the text broken at so many letters; returns where it ends."""
    for line in textwrap.wrap(text, columns):
        draw.text((left, top), line, colour, face)
        top += round(face.size * leading)
    return top


def newsletter(portrait):
    page = Image.new("RGB", (1240, 1640), "#fbfaf6")
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 1240, 150), NAVY)
    draw.text((60, 34), "The Library Quarterly", "white", font(SERIF_BOLD, 64))
    draw.text((60, 166), "News from the reading room  ·  Summer issue  ·  Free of charge", PALE, font(SANS, 22))
    draw.line((60, 206, 1180, 206), NAVY, 3)
    draw.text((60, 228), "A visitor from orbit", INK, font(SERIF_BOLD, 54))
    page.paste(portrait.look(680, 760, BUST), (60, 320))
    draw.text((60, 1088), "The guest of the open day, in the suit of the trip.", PALE, font(SANS, 20))
    body = font(SERIF, 22)
    end = paragraph(draw, NEWS, 780, 316, 31, body)
    paragraph(draw, MORE, 780, end + 26, 31, body)
    draw.line((60, 1160, 1180, 1160), NAVY, 2)
    draw.text((60, 1180), "Seen on the day", BRICK, font(SERIF_BOLD, 32))
    for index, options in enumerate((dict(tone="grey"), dict(flip=True), dict(tone="sepia", flip=True), dict(light=0.7))):
        left = 60 + index * 285
        page.paste(portrait.look(265, 240, **options), (left, 1240))
        draw.text((left, 1490), ("On the roof", "At the desk", "In the archive", "After dark")[index], PALE, font(SANS, 20))
    draw.text((60, 1580), "Open Monday to Saturday, ten to nine  ·  Page 1", PALE, font(SANS, 20))
    return page


def badges(portrait):
    sheet = Image.new("RGB", (1240, 1240), "#e9ebee")
    draw = ImageDraw.Draw(sheet)
    draw.text((50, 34), "Badge sheet, to be cut along the lines", PALE, font(SANS, 26))
    colours = (NAVY, BRICK, PINE)
    for index in range(6):
        left, top = 50 + index % 2 * 580, 90 + index // 2 * 380
        colour = colours[index // 2]
        draw.rounded_rectangle((left, top, left + 550, top + 350), 22, "white", colour, 3)
        draw.rounded_rectangle((left, top, left + 550, top + 80), 22, colour)
        draw.rectangle((left, top + 50, left + 550, top + 80), colour)
        draw.text((left + 24, top + 18), ("VISITOR", "STAFF", "PRESS")[index // 2], "white", font(SANS_BOLD, 36))
        sheet.paste(portrait.look(180, 225, (126, 4, 326, 254), flip=index % 2 == 1, light=1.1 - 0.06 * index,
                                  tone="grey" if index == 3 else None), (left + 26, top + 104))
        for row, words in enumerate((f"Badge no. {index + 1:03d}", "Building B, floor 2", "Valid for one day")):
            draw.text((left + 236, top + 116 + row * 44), words, INK, font(SANS, 24))
        for bar in range(46):
            x = left + 236 + bar * 6
            draw.rectangle((x, top + 262, x + (bar * 7 + index * 3) % 4, top + 326), INK)
    return sheet


def notice(portrait):
    page = Image.new("RGB", (1240, 1500), "white")
    draw = ImageDraw.Draw(page)
    draw.rectangle((40, 40, 1200, 1460), outline=PINE, width=4)
    draw.text((90, 84), "NOTICE OF PUBLIC MEETING", PINE, font(SERIF_BOLD, 52))
    draw.text((90, 164), "City Council  ·  Council Chamber, second floor  ·  Tuesday, 7 p.m.", INK, font(SANS, 26))
    draw.line((90, 216, 1150, 216), PINE, 2)
    draw.text((90, 246), "Agenda", INK, font(SERIF_BOLD, 34))
    top = 306
    for item in AGENDA:
        top = paragraph(draw, item, 90, top, 40, font(SERIF, 25)) + 12
    page.paste(portrait.look(330, 400, BUST, flip=True), (820, 250))
    draw.text((820, 662), "Guest speaker on item 4", PALE, font(SANS, 20))
    draw.rectangle((90, 760, 1150, 1180), "#20242b")
    draw.text((110, 774), "Still of the last session, by video", "#c8ccd2", font(SANS, 20))
    for index in range(6):
        left, upper = 110 + index % 3 * 346, 812 + index // 3 * 182
        look = portrait.look(328, 172, ((0, 0, 512, 268), (60, 0, 420, 189), (110, 20, 390, 167))[index % 3],
                             flip=index > 2, light=0.8 + 0.08 * index, tone="grey" if index == 4 else None)
        page.paste(look, (left, upper))
    paragraph(draw, "The meeting is open to all. Captions and a hearing loop are provided. Written comments are read into the "
              "record if they arrive by noon of the day.", 90, 1220, 74, font(SERIF, 25))
    return page


def pinboard(portrait):
    board = Image.new("RGB", (1500, 1050), "#b98a56")
    draw = ImageDraw.Draw(board)
    for index in range(9000):  # cork
        x, y = index * 7919 % 1500, index * 104729 % 1050
        draw.ellipse((x, y, x + 3, y + 2), ("#a87a48", "#c99b66", "#8f6538")[index % 3])
    prints = ((70, 60, -7, {}), (560, 40, 5, dict(tone="sepia")), (1030, 80, -4, dict(flip=True)),
              (250, 560, 9, dict(tone="grey", flip=True)), (800, 540, -11, dict(light=0.85)))
    for index, (left, top, degrees, options) in enumerate(prints):
        card = Image.new("RGB", (370, 430), "#fdfdf8")
        card.paste(portrait.look(330, 330, (70, 0, 380, 310), **options), (20, 20))
        ImageDraw.Draw(card).text((24, 370), f"Open day, print {index + 1}", INK, font(SERIF, 24))
        mask = Image.new("L", card.size, 255).rotate(degrees, Image.BICUBIC, expand=True)
        card = card.rotate(degrees, Image.BICUBIC, expand=True)
        board.paste("#6d4d2a", (left + 8, top + 10), mask)
        board.paste(card, (left, top), mask)
    return board


def write_pages(portrait, folder):
    folder.mkdir(parents=True, exist_ok=True)
    portrait = Portrait(portrait)
    newsletter(portrait).save(folder / "newsletter.jpg", quality=88)
    badges(portrait).save(folder / "badges.png", optimize=True)
    notice(portrait).save(folder / "council-notice.jpg", quality=85, progressive=True)
    pinboard(portrait).save(folder / "pinboard.jpg", quality=90, subsampling=0)


def write_sheet(originals, redacted, target, width=620, gap=24):
    """A row a page: the original on the left, the result of the same name on the right."""
    names = sorted(p.name for p in originals.iterdir())
    pairs = [[ImageOps.exif_transpose(Image.open(folder / name)).convert("RGB") for folder in (originals, redacted)]
             for name in names]
    pairs = [[p.resize((width, round(p.height * width / p.width)), Image.LANCZOS) for p in pair] for pair in pairs]
    label, title = font(SANS, 20), font(SANS_BOLD, 28)
    heights = [pair[0].height + 34 + gap for pair in pairs]
    sheet = Image.new("RGB", (2 * width + 3 * gap, 80 + sum(heights)), "#f1f2f4")
    draw = ImageDraw.Draw(sheet)
    for column, words in enumerate(("Original", "Redacted")):
        draw.text((gap + column * (width + gap), 28), words, INK, title)
    top = 80
    for name, pair, height in zip(names, pairs, heights):
        draw.text((gap, top), name, PALE, label)
        for column, picture in enumerate(pair):
            sheet.paste(picture, (gap + column * (width + gap), top + 30))
        top += height
    sheet.save(target, optimize=True)


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "pages":
        write_pages(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    elif len(sys.argv) == 5 and sys.argv[1] == "sheet":
        write_sheet(*(pathlib.Path(a) for a in sys.argv[2:]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
