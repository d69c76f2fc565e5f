"""How is a picture written? Boxes, texts and arrows as SVG, on a white card that is readable on any background."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from itertools import pairwise
from xml.sax.saxutils import escape

STYLE = """
    text { font: 13px -apple-system, BlinkMacSystemFont, "Segoe UI", "Noto Sans", Helvetica, sans-serif; fill: #475569 }
    .name { font-size: 15px; font-weight: 600; fill: #0f172a }
    .code { font: 12.5px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; fill: #0f172a }
    .small { font-size: 12px }
    .given { fill: #f1f5f9; stroke: #94a3b8; stroke-width: 1.5 }
    .made { fill: #dbeafe; stroke: #2563eb; stroke-width: 1.5 }
    .inner { fill: #fff; stroke: #94a3b8; stroke-width: 1.5 }
    .good { fill: #dcfce7; stroke: #16a34a; stroke-width: 1.5 }
    .bad { fill: #fee2e2; stroke: #dc2626; stroke-width: 1.5 }
    .arrow { fill: none; stroke: #475569; stroke-width: 1.6; marker-end: url(#head) }
    .line { fill: none; stroke: #94a3b8; stroke-width: 1.4 }
    .dashed { stroke-dasharray: 5 4 }
    .back { fill: #fff }"""


@dataclass
class Picture:
    """An SVG that grows.

    Attributes:
        title: What it shows, in a line.
        description: The same for who cannot see it.
        width: Its width.
        height: Its height.
    """

    title: str
    description: str
    width: int
    height: int
    _parts: list[str] = field(default_factory=list)

    def box(  # noqa: PLR0917 - a rectangle is four numbers
        self, x: float, y: float, width: float, height: float, kind: str, radius: int = 8
    ) -> None:
        """Draws a rectangle with rounded corners."""
        self._parts.append(
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius}"/>'
        )

    def mark(self, x: float, y: float, colour: str) -> None:
        """Draws a small square of a colour."""
        self._parts.append(f'<rect x="{x:g}" y="{y:g}" width="10" height="10" rx="2" fill="{colour}"/>')

    def text(self, x: float, y: float, text: str, kind: str = "", anchor: str = "middle") -> None:
        """Writes a line; `y` is its base line."""
        class_ = f' class="{kind}"' if kind else ""
        self._parts.append(f'<text{class_} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>')

    def label(self, x: float, y: float, text: str, kind: str = "small") -> None:
        """Writes a line that stands on a line, which it hides behind it."""
        width = width_of(text, 12) + 8
        self.box(x - width / 2, y - 12, width, 14, "back", 3)
        self.text(x, y, text, kind)

    def path(self, points: list[tuple[float, float]], kind: str = "arrow", radius: float = 8) -> None:
        """Draws a line through points, its corners rounded."""
        (x, y), *rest = points
        drawn = [f"M{x:g} {y:g}"]
        for index, (x, y) in enumerate(rest):
            if index + 1 == len(rest):
                drawn.append(f"L{x:g} {y:g}")
                continue
            before, after = points[index], rest[index + 1]
            drawn.append(f"L{_near((x, y), before, radius)}Q{x:g} {y:g} {_near((x, y), after, radius)}")
        self._parts.append(f'<path class="{kind}" d="{"".join(drawn)}"/>')

    def curve(self, points: list[tuple[float, float]], kind: str = "arrow") -> None:
        """Draws a line through points that lie one below the other, without corners."""
        drawn = [f"M{points[0][0]:g} {points[0][1]:g}"]
        for (x, y), (to_x, to_y) in pairwise(points):
            middle = (y + to_y) / 2
            drawn.append(f"C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {to_y:g}")
        self._parts.append(f'<path class="{kind}" d="{"".join(drawn)}"/>')

    def __str__(self) -> str:
        """The file."""
        description = "\n    ".join(escape(line) for line in textwrap.wrap(self.description, 110))
        body = "\n  ".join(self._parts)
        return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" \
width="{self.width}" height="{self.height}" role="img" aria-labelledby="title desc">
  <title id="title">{escape(self.title)}</title>
  <desc id="desc">{description}</desc>
  <defs>
    <marker id="head" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="10" markerHeight="10" \
markerUnits="userSpaceOnUse" orient="auto">
      <path d="M0 0 10 5 0 10z" fill="#475569"/>
    </marker>
  </defs>
  <style>{STYLE}
  </style>
  <rect x="1" y="1" width="{self.width - 2}" height="{self.height - 2}" rx="16" fill="#fff" stroke="#cbd5e1" \
stroke-width="1.5"/>
  {body}
</svg>
"""


def width_of(text: str, size: float) -> float:
    """About how wide a line is."""
    return len(text) * size * 0.62


def _near(corner: tuple[float, float], other: tuple[float, float], radius: float) -> str:
    (x, y), (to_x, to_y) = corner, other
    length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5 or 1
    part = min(radius, length / 2) / length
    return f"{x + (to_x - x) * part:g} {y + (to_y - y) * part:g}"
