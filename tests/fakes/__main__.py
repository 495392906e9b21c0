"""Both fakes by hand: `python -m tests.fakes` prints how to reach them and runs until Ctrl-C."""

import argparse
import contextlib
import threading

from tests.fakes import FakeElevenLabs, FakeGemini


def main() -> int:
    """Runs both servers; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes", description=__doc__)
    parser.add_argument("--gemini-port", type=int, default=0, help="a free one by default")
    parser.add_argument("--elevenlabs-port", type=int, default=0, help="a free one by default")
    chosen = parser.parse_args()
    with FakeGemini(port=chosen.gemini_port) as gemini, FakeElevenLabs(port=chosen.elevenlabs_port) as eleven:
        for server in (gemini, eleven):
            print(f"export REELFLOW_{server.name.upper()}_BASE_URL={server.base_url}")
            print(f"export REELFLOW_{server.name.upper()}_API_KEY={server.key}")
        print("# A fault: write [[fault:503]] into a script or a project's context, or")
        print(f'#   curl -d \'{{"next": ["503", "slow"]}}\' {gemini.base_url}/_faults')
        for server in (gemini, eleven):
            print(f"# {server.name}: {', '.join(sorted(server.faults))}")
        print(
            f"# What they were asked and charge: {gemini.base_url}/_seen, {eleven.base_url}/_bill", flush=True
        )
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
