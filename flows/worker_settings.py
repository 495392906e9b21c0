"""What the worker and whoever starts it agree on.

Apart from `flows.worker`, whose import of Prefect takes seconds.
"""

#: An environment variable with the number of an open file that the worker tells when it is at work.
READY_VARIABLE = "REELFLOW_READY_FD"

#: Cancelled runs have this long to end; a run stops its media processes within a second or two.
DRAIN_TIMEOUT_S = 25.0

#: What the worker and the runs that it starts have on top of `flows.embedded_server.PREFECT_ENVIRONMENT`.
WORKER_ENVIRONMENT = {
    # Prefect looks for work every 10 s, which is a good part of a small run's time.
    "PREFECT_WORKER_QUERY_SECONDS": "1.5",
    # A run that has been silent for a few of these is dead.
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
}
