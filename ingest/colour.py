"""Whether letters can be told from what is behind them."""

from PIL import ImageColor

Colour = tuple[float, float, float]
"""Red, green and blue, from 0 to 1."""

WHITE: Colour = (1, 1, 1)
_LEAST_DIFFERENCE = 0.12
"""Of one of the three: #e0e0e0 on white can be made out, #e8e8e8 hardly."""


def parsed(written: str) -> Colour | None:
    """Read a colour as CSS and Word write it; None where it is none."""
    try:
        red, green, blue, *_ = ImageColor.getrgb(written)
    except ValueError:
        return None
    return red / 255, green / 255, blue / 255


def is_lost_on(colour: Colour | None, ground: Colour | None) -> bool:
    """Whether letters of a colour cannot be made out on another; never where either is unknown."""
    if colour is None or ground is None:
        return False
    return all(abs(one - other) < _LEAST_DIFFERENCE for one, other in zip(colour, ground, strict=True))
