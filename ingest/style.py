"""What a web page says of the looks of an element, so far as it hides the element from the eye.

Only the element's own attributes are read: what a style sheet or a script makes of it is not known here.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import chain

from ingest.colour import is_lost_on, parsed

Style = Mapping[str, str]

CAMOUFLAGED = "letters of the colour behind them"
SILENT = "aria-hidden"
"""Passed over by screen readers, and before the eye all the same."""

_NOTHING = re.compile(r"0*\.?0+(?:px|pt|r?em|%)?|[01](?:\.\d+)?p[xt]")
_FAR = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|pt)|-\d{2,}(?:\.\d+)?r?em|-[1-9]\d{2,}(?:\.\d+)?(?:%|v[wh])")
_CLIPPED = re.compile(r"rect\(\s*(?:[01](?:px)?[\s,]*){4}\)|inset\(\s*(?:[5-9]\d|100)%")
_SCALED = re.compile(r"scale[xy3d]*\(\s*0?\.?0*\s*[,)]")
_OFF = {
    "display": {"none"},
    "visibility": {"hidden", "collapse"},
    "content-visibility": {"hidden"},
    "color": {"transparent"},
    "opacity": {"0", "0.0", ".0", "0%", "0.01", ".01"},
}
_SEEN_THROUGH = {"transparent", "none", "inherit", "initial", "unset"}
_SIDES = ("left", "top", "right", "bottom", "margin-left", "margin-top", "text-indent")


def style_of(attributes: Mapping[str, str]) -> Style:
    """Read an element's `style`, and the attributes that older pages have in its place."""
    told = {"color": attributes.get("color", ""), "background-color": attributes.get("bgcolor", "")}
    for declaration in attributes.get("style", "").split(";"):
        name, _, value = declaration.partition(":")
        told[name.strip().lower()] = value.lower().replace("!important", "").strip()
    return {name: value for name, value in told.items() if value}


def how_hidden(attributes: Mapping[str, str], above: Iterable[Style] = ()) -> str | None:
    """Tell how an element is hidden from the eye, if it is.

    Args:
        attributes: the element's.
        above: the styles of its parent, of the parent's parent, and so on.
    """
    style = style_of(attributes)
    if how := _switched_off(attributes, style) or _out_of_sight(style):
        return how
    if "color" in style and is_lost_on(parsed(style["color"]), parsed(_ground(chain([style], above)))):
        return CAMOUFLAGED
    return SILENT if attributes.get("aria-hidden") == "true" else None


def hides(attributes: Mapping[str, str]) -> bool:
    """Whether an element by itself hides what is in it, on a page without style sheets."""
    return how_hidden(attributes) not in {None, SILENT}


def _switched_off(attributes: Mapping[str, str], style: Style) -> str | None:
    if attributes.get("hidden", "until-found").lower() != "until-found":
        return "the attribute hidden"
    for name, value in style.items():
        if value in _OFF.get(name, ()) or (name == "font-size" and _NOTHING.fullmatch(value)):
            return f"{name}: {value}"
    return None


def _out_of_sight(style: Style) -> str | None:
    for name in _SIDES:
        if _FAR.fullmatch(style.get(name, "-")):
            return f"{name}: {style[name]}"
    if _CLIPPED.search(style.get("clip", "") or style.get("clip-path", "")):
        return "clipped to nothing"
    if _SCALED.search(style.get("transform", "")):
        return "scaled to nothing"
    sides = [style.get(name, "-") for name in ("width", "height", "max-width", "max-height")]
    if style.get("overflow") == "hidden" and any(_NOTHING.fullmatch(side) for side in sides):
        return "no room to be seen in"
    return None


def _ground(styles: Iterable[Style]) -> str:
    """The colour behind an element as it is written: white where nothing is said; a picture is no colour."""
    told = (style.get("background-color") or style.get("background") for style in styles)
    return next((colour for colour in told if colour and colour not in _SEEN_THROUGH), "white")
