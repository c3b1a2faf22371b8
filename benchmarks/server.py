"""A server of our own for a measurement: started on a free port of this machine, watched, stopped."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
STARTS_WITHIN = 60.0


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processor(process: psutil.Process) -> float:
    """Seconds of processor time that a process and its children have used."""
    used = 0.0
    for each in (process, *process.children(recursive=True)):
        times = each.cpu_times()
        used += times.user + times.system
    return used


@dataclass
class Server:
    """A running server."""

    url: str
    process: psutil.Process

    def used(self) -> float:
        """Seconds of processor time so far."""
        return processor(self.process)

    def memory(self) -> float:
        """Resident memory in MB."""
        return self.process.memory_info().rss / 2**20


@contextmanager
def serving(home: Path, script: str = "app.py") -> Iterator[Server]:
    """Serve a script of the project over a home, and stop when done. Raises RuntimeError, with what the server wrote, when it does not start."""
    port = free_port()
    log = home / "server.log"
    with log.open("w") as output:
        started = subprocess.Popen([sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)], cwd=ROOT, stdout=output,
                                   stderr=subprocess.STDOUT, env={**os.environ, "CHENGPING_HOME": str(home.absolute())})
    try:
        if not _answers(port, started):
            raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")
        yield Server(f"http://127.0.0.1:{port}", psutil.Process(started.pid))
    finally:
        started.terminate()
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def _answers(port: int, started: subprocess.Popen) -> bool:
    """Whether the server answers before it ends or the patience does."""
    ends = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < ends and started.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/_stcore/health")
            if connection.getresponse().status == 200:
                return True
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    return False
