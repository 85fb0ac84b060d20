"""The worker: claim what is due, collect it, release it; upkeep in between."""

from reviews.worker.loop import Worker, collect_due, new_owner, run_worker

__all__ = ["Worker", "collect_due", "new_owner", "run_worker"]
