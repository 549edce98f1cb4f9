# SPDX-License-Identifier: GPL-2.0-only
"""Processes: bounded in number and in time, and none is left behind.

Each process is the leader of a group of its own, so that what it has started ends with it.
Ctrl-C, SIGTERM and SIGHUP (and a reader that goes away, for who asks stopped()) set one flag
and end all groups; run() then raises Stopped. A guardian process ends the groups when this
process is killed in a way that it cannot answer.
"""
from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable, Iterator, TypeVar

from spb import status, variables

GRACE_SECONDS = 5.0  # between the polite and the other signal
TICK_SECONDS = 0.2   # how soon a signal is noticed
GUARDIAN_ROUNDS = 10
SILENT_SECONDS = 8.0  # nobody waits for longer without a word
CPU_HARD_SECONDS = 5  # more than the limit that a program may notice

Item = TypeVar("Item")
Got = TypeVar("Got")


# The loop uses no heap, so leaks are not looked for. Abort is how a finding stops an engine.
ASAN_OPTIONS = ("detect_leaks=0:handle_abort=1:detect_stack_use_after_return=0:"
                "allow_user_poisoning=1")
UBSAN_OPTIONS = "print_stacktrace=1:handle_abort=1"


@functools.lru_cache(maxsize=None)
def _symbolizer(clang: str) -> str:
    asked = subprocess.run([clang, "-print-prog-name=llvm-symbolizer"], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True)
    return asked.stdout.strip()


def environment(**more: str) -> dict[str, str]:
    """Of all programs that commands start: that of variables.py, and sanitizers' options."""
    result = {"ASAN_OPTIONS": ASAN_OPTIONS, "UBSAN_OPTIONS": UBSAN_OPTIONS,
              **variables.environment(**more), "LC_ALL": "C"}
    try:
        result["ASAN_SYMBOLIZER_PATH"] = _symbolizer(variables.get("CLANG"))
    except OSError:
        pass  # no clang: what needs it says so
    return result


class Stopped(status.Inconclusive):
    """Somebody wants the command to end."""

    def __init__(self) -> None:
        super().__init__("stopped")


@dataclass(frozen=True)
class Result:
    """How a process ended: its exit status, or minus the signal that ended it."""
    status: int
    output: str
    cpu_seconds: float
    seconds: float
    timed_out: bool  # more than wall seconds; a CPU limit shows as -SIGXCPU
    interrupted: bool = False  # by SIGINT, at the limit of CPU time of that name


class _Flag:
    """Set in a handler of signals, which must not wait for a lock: it runs in the middle of what
    the main thread does, and a threading.Event is locked while that sets, clears or awaits it."""

    def __init__(self) -> None:
        self._is_set = False

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        self._is_set = True

    def clear(self) -> None:
        self._is_set = False


_stop = _Flag()
_other_way: threading.Timer | None = None
_lock = threading.Lock()
_groups: set[int] = set()
# All that this process starts has its mark in this variable, so that the guardian finds it. A
# command that another one has started adds its own to those of before: the guardian of the outer
# one kills it together with its own guardian, so nobody else would end what it has started.
_STARTED_BY = "SPBFUZZ_STARTED_BY"
_MARK = f"{os.getpid()}.{time.time_ns()}"
_guardian: int | None = None  # where it reads: that ends with this process


def _marked() -> Iterator[int]:
    variable, mark = f"{_STARTED_BY}=".encode(), _MARK.encode()
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                marks = [word[len(variable):] for word in file.read().split(b"\0")
                         if word.startswith(variable)]
            if any(mark in each.split() for each in marks):
                yield int(name)
        except OSError:
            continue  # it has ended, or is another user's


def _guard(reads: int) -> None:
    """In the guardian: wait until the writer is gone, then end what it has started. (What was
    about to start is seen in the next round.)"""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.read(reads, 1)
    for _ in range(GUARDIAN_ROUNDS):
        for pid in _marked():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(TICK_SECONDS)


def _start_guardian() -> None:
    global _guardian
    reads, writes = os.pipe()
    if os.fork() == 0:
        try:
            os.setsid()
            # Whoever waits for the end of the output must not wait for the guardian.
            nowhere = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(nowhere, descriptor)
            os.closerange(3, reads)
            os.closerange(reads + 1, 256)
            _guard(reads)
        finally:
            os._exit(0)
    os.close(reads)
    _guardian = writes


def kill_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def started(process: subprocess.Popen) -> subprocess.Popen:
    with _lock:
        _groups.add(process.pid)
    if _stop.is_set():
        kill_group(process.pid, signal.SIGTERM)
    return process


def ended(process: subprocess.Popen) -> None:
    """What the process has left in its group ends, too."""
    kill_group(process.pid, signal.SIGKILL)
    with _lock:
        _groups.discard(process.pid)


def start(argv: list[str], **popen) -> subprocess.Popen:
    """A process that the caller watches: it must call ended() when it has waited for it."""
    marks = f"{os.environ.get(_STARTED_BY, '')} {_MARK}".lstrip()
    popen["env"] = {**(popen.get("env") or environment()), _STARTED_BY: marks}
    popen.setdefault("stdin", subprocess.DEVNULL)
    return started(subprocess.Popen(argv, start_new_session=True, **popen))


def _limited(argv: list[str], cpu: int | None) -> list[str]:
    """The program under a limit of CPU time, which a busy machine does not make shorter."""
    if cpu is None:
        return argv
    limit = f"ulimit -S -t {cpu} && ulimit -H -t {cpu + CPU_HARD_SECONDS} && ulimit -c 0"
    return ["/bin/sh", "-c", limit + ' && exec "$@"', "sh", *argv]


def run(argv: list[str], *, env: dict[str, str] | None = None, cwd: str | Path | None = None,
        output: str | Path | None = None, input: str | None = None, cpu: int | None = None,
        wall: float | None = None, until: Callable[[], bool] | None = None,
        errors: bool | str | Path = True, interrupt: float | None = None) -> Result:
    """Run a program to its end, for at most so many seconds of CPU or of wall time, and until
    a condition holds: then Stopped is raised. Output: a file for what it says, else
    Result.output has it, with standard error unless errors is False or another file.
    Interrupt: the CPU time after which it gets SIGINT, and may say what it has done."""
    began = time.monotonic()
    if _stop.is_set():
        raise Stopped
    with contextlib.ExitStack() as files:
        said = files.enter_context(open(output, "wb")) if output else subprocess.PIPE
        if isinstance(errors, bool):
            complaints = subprocess.STDOUT if errors else subprocess.DEVNULL
        else:
            complaints = files.enter_context(open(errors, "wb"))
        process = start(_limited(argv, cpu), env=environment() if env is None else env, cwd=cwd,
                        stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
                        stdout=said, stderr=complaints)
    watch = _Watch(process, wall, until, interrupt)
    try:
        text = _talk(process, input)
        usage = _wait(process)
    finally:
        watch.over.set()
        ended(process)
    if _stop.is_set() or watch.unwanted:
        raise Stopped
    return Result(process.returncode, text, usage.ru_utime + usage.ru_stime,
                  time.monotonic() - began, watch.late, watch.interrupted)


def show(argv: list[str]) -> int:
    """Run a program that says what it says to who started the command. Return: how it ended."""
    sys.stdout.flush()
    process = start(argv)
    try:
        return process.wait()
    finally:
        ended(process)
        if _stop.is_set():
            raise Stopped


class _Watch:
    """Ends a process that takes too long, or that nobody wants any more."""

    def __init__(self, process: subprocess.Popen, wall: float | None,
                 until: Callable[[], bool] | None, interrupt: float | None) -> None:
        self.over = threading.Event()
        self.late = self.unwanted = self.interrupted = False
        if wall is not None or until:
            self._begin(self._end, process.pid, wall, until)
        if interrupt is not None:
            self._begin(self._interrupt, process.pid, interrupt)

    @staticmethod
    def _begin(*words) -> None:
        threading.Thread(target=words[0], args=words[1:], daemon=True).start()

    def _end(self, group: int, wall: float | None, until: Callable[[], bool] | None) -> None:
        deadline = None if wall is None else time.monotonic() + wall
        while not self.over.wait(TICK_SECONDS):
            self.late = deadline is not None and time.monotonic() >= deadline
            self.unwanted = bool(until and until())
            if self.late or self.unwanted:
                kill_group(group, signal.SIGKILL)
                return

    def _interrupt(self, pid: int, limit: float) -> None:
        """A thread of the process can use a second of CPU time in a second, and not more."""
        while not self.over.is_set():
            try:
                left = limit - time.clock_gettime(~pid << 3 | 2)  # clock_getcpuclockid(3)
            except OSError:
                return  # it has ended
            if left <= 0:
                self.interrupted = True
                kill_group(pid, signal.SIGINT)
                return
            self.over.wait(max(left, 0.02))


def _talk(process: subprocess.Popen, text: str | None) -> str:
    """Hand over the input, and read the output to its end."""
    writer = None
    if text is not None:
        writer = threading.Thread(target=_feed, args=(process, text), daemon=True)
        writer.start()
    said = process.stdout.read().decode(errors="replace") if process.stdout else ""
    if process.stdout:
        process.stdout.close()
    if writer:
        writer.join()
    return said


def _feed(process: subprocess.Popen, text: str) -> None:
    try:
        process.stdin.write(text.encode())
        process.stdin.close()
    except OSError:
        pass  # it does not want to know


def _wait(process: subprocess.Popen):
    while True:
        pid, how, usage = os.wait4(process.pid, 0)
        if pid == process.pid:
            process.returncode = os.waitstatus_to_exitcode(how)
            return usage


def stopped() -> bool:
    return _stop.is_set()


def stop() -> None:
    """End everything: politely, and after a while the other way."""
    global _other_way
    _stop.set()
    _signal_all(signal.SIGTERM)
    _other_way = threading.Timer(GRACE_SECONDS, _signal_all, (signal.SIGKILL,))
    _other_way.daemon = True
    _other_way.start()


def go_on() -> None:
    """After Stopped, when all has ended: a few programs may be run for the summary."""
    if _other_way:
        _other_way.cancel()
    _stop.clear()


def _signal_all(number: int) -> None:
    for group in list(_groups):
        kill_group(group, number)


def take_signals(handler: Callable[[], None] = stop) -> None:
    """From now on signals that end a program call the handler. (SIGPIPE is an error of the
    write here, which status.Output takes.)"""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: handler())


def begin() -> None:
    """To be called once, before there are threads."""
    if _guardian is None:
        _start_guardian()
    take_signals()


def each(items: Iterable[Item], function: Callable[[Item], Got],
         jobs: int | None = None) -> Iterator[tuple[Item, Got]]:
    """function(item) for all items, so many at a time (JOBS= of them), each in a thread of its
    own that may run() programs; what is done comes first. Raises Stopped after a signal, and
    what a function raises, when those under way have ended."""
    width = jobs or variables.number("JOBS")
    left = iter(items)
    with ThreadPoolExecutor(width) as pool:
        under_way: dict[Future, Item] = {}
        try:
            while True:
                while len(under_way) < width and not _stop.is_set():
                    try:
                        item = next(left)
                    except StopIteration:
                        break
                    under_way[pool.submit(function, item)] = item
                if not under_way:
                    break
                done, _ = wait(under_way, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
                if status.reader_is_gone() and not _stop.is_set():
                    stop()
                for future in done:
                    item = under_way.pop(future)
                    yield item, future.result()
        except BaseException:
            stop()  # nobody wants the others any more
            wait(under_way)
            raise
    if _stop.is_set():
        raise Stopped


@contextlib.contextmanager
def meanwhile(tell: Callable[[], None]) -> Iterator[None]:
    """While this lasts, say something each few seconds."""
    over = threading.Event()

    def tell_on() -> None:
        while not over.wait(SILENT_SECONDS):
            tell()
    teller = threading.Thread(target=tell_on, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def write_whole(path: str | Path, text: str | bytes) -> None:
    """The file has its whole contents or is as before, whenever this process ends. What is no
    file but a pipe or a device, as /dev/null, is written to: replacing would remove it."""
    path = Path(path)
    data = text.encode() if isinstance(text, str) else text
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as special:
            special.write(data)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        new.write_bytes(data)
        os.replace(new, path)
    except BaseException as error:
        new.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)
        raise


class Cache:
    """Results that stay: one file for each key, in one folder."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def path(self, key: str) -> Path:
        return self.folder / key

    def get(self, key: str) -> str | None:
        try:
            return self.path(key).read_text()
        except FileNotFoundError:
            return None

    def put(self, key: str, text: str) -> None:
        write_whole(self.path(key), text)
