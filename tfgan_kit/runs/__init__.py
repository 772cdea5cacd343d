"""Training runs on disk: settings, checkpoints, metrics, pictures and a page."""

from tfgan_kit.runs.config import RunConfig, installed_versions
from tfgan_kit.runs.directory import Run, check_new_path, next_free_path
from tfgan_kit.runs.training import Plan, plan, refresh, resume, start

__all__ = [
    "Plan",
    "Run",
    "RunConfig",
    "check_new_path",
    "installed_versions",
    "next_free_path",
    "plan",
    "refresh",
    "resume",
    "start",
]
