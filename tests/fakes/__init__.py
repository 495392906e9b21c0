"""Stand-ins for the paid services: real HTTP servers that speak the providers' wire formats.

The real SDKs reach them through their base-URL settings. They answer plausibly, misbehave on demand,
and keep what they were asked and what they charged. By hand: `python -m tests.fakes`.
"""

from tests.fakes.elevenlabs import FakeElevenLabs
from tests.fakes.gemini import FakeGemini
from tests.fakes.server import FakeServer, Seen

__all__ = ["FakeElevenLabs", "FakeGemini", "FakeServer", "Seen"]
