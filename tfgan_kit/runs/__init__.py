"""Training runs on disk: settings, checkpoints, metrics, pictures and a page."""

from tfgan_kit.runs.comparison import compare
from tfgan_kit.runs.config import RunConfig
from tfgan_kit.runs.directory import Run
from tfgan_kit.runs.evaluation import evaluate
from tfgan_kit.runs.exporting import export_run
from tfgan_kit.runs.planning import Plan, plan
from tfgan_kit.runs.synthesis import check_synthesis, synthesize
from tfgan_kit.runs.training import resume, start
from tfgan_kit.utils.versions import installed_versions

__all__ = [
    "Plan",
    "Run",
    "RunConfig",
    "check_synthesis",
    "compare",
    "evaluate",
    "export_run",
    "installed_versions",
    "plan",
    "resume",
    "start",
    "synthesize",
]
