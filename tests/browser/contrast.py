"""How well text stands out from what is behind it, as WCAG 2.2 measures it."""

from __future__ import annotations

from playwright.sync_api import Locator

# Every element with words of its own, or something typed: words, and its colour with those behind, nearest first.
_SHOWN = """box => {
    const paint = (element, property, part) => {
        const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
        canvas.fillStyle = getComputedStyle(element, part)[property];
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const words = element => element.matches("input, select") ? element.value || element.placeholder :
        [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data).join(" ");
    const part = element => element.placeholder && !element.value ? "::placeholder" : null;
    const behind = element => element ? [paint(element, "backgroundColor"), ...behind(element.parentElement)] : [];
    return [...box.querySelectorAll("*")]
        .filter(element => element.getClientRects().length && words(element).trim() && !element.disabled)
        .map(element => ({
            words: words(element).trim(),
            layers: [paint(element, "color", part(element)), ...behind(element)],
        }));
}"""

Colour = list[float]


def too_pale(box: Locator, least: float) -> list[str]:
    """Return the words in `box` whose contrast is below `least`, with their contrast."""
    shown = [
        (each["words"], _contrast(_blended(each["layers"]), _blended(each["layers"][1:])))
        for each in box.evaluate(_SHOWN)
    ]
    assert shown, "nothing is shown at all"
    return [f"{words}: {contrast:.1f}" for words, contrast in shown if contrast < least]


def _blended(layers: list[Colour]) -> Colour:
    """Return the colour that one sees of layers, the nearest first, some of them transparent."""
    seen: Colour = [255, 255, 255]
    for *colour, alpha in reversed(layers):
        share = alpha / 255
        seen = [share * over + (1 - share) * under for over, under in zip(colour, seen, strict=True)]
    return seen


def _contrast(one: Colour, other: Colour) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in _in_unit(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _in_unit(colour: Colour) -> list[float]:
    return [value / 255 for value in colour[:3]]
