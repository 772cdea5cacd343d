"""Training runs on disk: settings, checkpoints, metrics, pictures and a page."""

from tfgan_kit.runs.comparison import compare
from tfgan_kit.runs.config import RunConfig, installed_versions
from tfgan_kit.runs.directory import Run, check_new_path, next_free_path
from tfgan_kit.runs.evaluation import evaluate, open_run_source
from tfgan_kit.runs.exporting import export_run
from tfgan_kit.runs.training import Plan, plan, refresh, resume, start

__all__ = [
    "Plan",
    "Run",
    "RunConfig",
    "check_new_path",
    "compare",
    "evaluate",
    "export_run",
    "installed_versions",
    "next_free_path",
    "open_run_source",
    "plan",
    "refresh",
    "resume",
    "start",
]
