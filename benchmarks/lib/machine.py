"""Which machine a result is from, said without its name."""

import os
import platform
import subprocess
from pathlib import Path

import psutil


def machine() -> dict[str, str | int | float]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "commit": _commit(),
    }


def label() -> str:
    """For a file's name: system, architecture and number of cores."""
    return f"{platform.system()}-{platform.machine()}-{os.cpu_count()}-cores".lower()


def load() -> float:
    """Processes that wanted to run in the last minute, beside this one: a busy machine measures badly."""
    return round(os.getloadavg()[0], 1)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str:
    answer = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return answer.stdout.strip()
