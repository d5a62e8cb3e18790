"""A plot of steps and lines over time as SVG: no library, so that a document can be made anew anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 860, 320, 48, 38, 44, 12
Points = Sequence[tuple[float, float]]


@dataclass
class Plot:
    """Axes from 0 to ``most_x`` and ``most_y``; what is drawn later lies above."""

    title: str
    most_x: float
    most_y: float
    parts: list[str] = field(default_factory=list)
    names: int = 0

    def x(self, value: float) -> float:
        """Return where a value lies."""
        return round(LEFT + value / self.most_x * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Return where a value lies; what is too high lies at the top."""
        return round(HEIGHT - BOTTOM - min(value / self.most_y, 1) * (HEIGHT - TOP - BOTTOM), 1)

    def bars(self, name: str, color: str, points: Points, width: float) -> None:
        """Draw bars that begin at their x."""
        wide, floor = self.x(width) - self.x(0) - 0.5, self.y(0)
        for x, y in points:
            place = f'x="{self.x(x)}" y="{self.y(y)}" width="{wide:.1f}" height="{floor - self.y(y):.1f}"'
            self.parts.append(f'<rect {place} fill="{color}"/>')
        self._name(name, color)

    def line(self, name: str, color: str, points: Points) -> None:
        """Draw a line that stays where it is until the next point."""
        path = ""
        for x, y in points:
            path += f"H{self.x(x)}V{self.y(y)}" if path else f"M{self.x(x)} {self.y(y)}"
        self.parts.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        self._name(name, color)

    def _name(self, name: str, color: str) -> None:
        x = LEFT + 200 * self.names
        self.names += 1
        self.parts.append(f'<rect x="{x}" y="14" width="10" height="10" fill="{color}"/>')
        self.parts.append(f'<text x="{x + 15}" y="23">{escape(name)}</text>')

    def _grid(self, x_step: float, y_step: float) -> list[str]:
        grid = []
        for number in range(int(self.most_y / y_step) + 1):
            y = self.y(number * y_step)
            grid.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#ddd"/>')
            grid.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{number * y_step:g}</text>')
        for number in range(int(self.most_x / x_step) + 1):
            x = self.x(number * x_step)
            grid.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{number * x_step:g}</text>')
        return grid

    def write(self, path: Path, x_step: float, y_step: float) -> None:
        """Write it with its axes, one part a line."""
        title, font = escape(self.title), 'font-family="sans-serif" font-size="12"'
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {font}>',
            f"<title>{title}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            *self._grid(x_step, y_step),
            *self.parts,
            f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{title}</text>',
            "</svg>",
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
