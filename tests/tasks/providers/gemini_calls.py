"""What the tests of the Gemini adapter ask, and how they read the answers."""

from collections.abc import Callable

from tasks.providers.gemini import GeminiAnalyser
from tasks.providers.ports import Analysis, AnalysisRequest

OpenAnalyser = Callable[..., GeminiAnalyser]


def image_tokens(model: str, *, width_px: int, height_px: int, resolution: str | None) -> int:
    assert (width_px, height_px) == (320, 180)
    return {"low": 280, None: 1120}[resolution] if model.startswith("gemini-3") else 258


def judge(analyser: GeminiAnalyser, request: AnalysisRequest) -> Analysis:
    return analyser.analyse(request, timeout_s=60)


def told(analysis: Analysis) -> dict[str, tuple[int, ...]]:
    """Problems besides the one every answer of the old SDK has."""
    return {problem.kind: problem.indices for problem in analysis.problems if problem.kind != "resolution"}
