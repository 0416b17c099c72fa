#!/usr/bin/env python3
"""Writes scripts/plots/*.gp into Sources/Reports/Plots/EmbeddedPlotScripts.swift, so that the binary alone can draw."""
import pathlib

root = pathlib.Path(__file__).resolve().parent.parent
parts = []
for path in sorted((root / "scripts/plots").glob("*.gp")):
    lines = [("      " + line).rstrip() for line in path.read_text().splitlines()]
    body = "\n".join(lines)
    parts.append(f'    (\n      "{path.stem}",\n      #"""\n{body}\n\n      """#\n    ),\n')
target = root / "Sources/Reports/Plots/EmbeddedPlotScripts.swift"
target.write_text(
    "/// The files of `scripts/plots/` as they are compiled in (`scripts/embed_plots.py` writes this).\n///\n"
    "/// A test compares each with its file, byte by byte.\nenum EmbeddedPlotScripts {\n"
    "  static let all: [(name: String, text: String)] = [\n" + "".join(parts) + "  ]\n}\n"
)
