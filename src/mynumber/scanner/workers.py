"""Several processes that search files; promises that memory is bounded and that a process that dies costs one file.

Each worker has one file at a time and hands back what it finds in portions through a pipe, which makes it wait while
nobody takes them. A worker that dies, because a reader of some format crashed, is replaced; its file is told unread.

On Linux a worker is a copy of this process, ready at once with all that is loaded, unless threads run here, whose locks
the copy would keep; else it starts anew.
"""

import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TypeAlias

from mynumber.scanner.finds import Find, Unread

Result: TypeAlias = Find | Unread
Search: TypeAlias = Callable[[str], Iterator[Result]]
_PORTION = 500


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    file: str | None = None


class Workers:
    """So many processes."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._copied = sys.platform == "linux" and threading.active_count() == 1
        self._context = multiprocessing.get_context("fork") if self._copied else multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []

    def results(
        self,
        files: Iterator[str | Unread],
        search: Search,
        done: Callable[[str], None],
        path_of: Callable[[str], str] = str,
    ) -> Iterator[Result]:
        """Yield what `search`, run in the workers, yields for each file; `done` is told of each file that has ended.

        A file is what `search` takes; `path_of` says which path it is.
        """
        workers = self._workers
        try:
            for _ in range(self._jobs):
                workers.append(self._started(search))
            for worker in workers:
                yield from _next_file(worker, files)
            while busy := [worker for worker in workers if worker.file is not None]:
                ready = wait([worker.pipe for worker in busy])
                for worker in [one for one in busy if one.pipe in ready]:
                    file = worker.file
                    yield from self._received(worker, search, path_of)
                    if worker.file is None and file is not None:
                        done(file)
                        yield from _next_file(worker, files)
        finally:
            for worker in workers:
                worker.pipe.close()
                worker.process.terminate()
                worker.process.join()

    def _received(self, worker: _Worker, search: Search, path_of: Callable[[str], str]) -> Iterator[Result]:
        try:
            portion = worker.pipe.recv()
        except (EOFError, ConnectionError):
            yield Unread(path_of(worker.file or ""), "the reader of this kind of file crashed")
            worker.process.join()
            worker.pipe.close()
            fresh = self._started(search)
            worker.process, worker.pipe, worker.file = fresh.process, fresh.pipe, None
            return
        yield from portion
        if not portion:
            worker.file = None

    def _started(self, search: Search) -> _Worker:
        ours, theirs = self._context.Pipe()
        # What a copy holds of the pipes of others and of its own would keep them open when this process has died.
        held = [ours, *(one.pipe for one in self._workers if not one.pipe.closed)] if self._copied else []
        process = self._context.Process(target=_work, args=(theirs, search, held), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)


def _next_file(worker: _Worker, files: Iterator[str | Unread]) -> Iterator[Unread]:
    """Give the worker the next file, if there is one; yield what is met on the way and is no file."""
    for file in files:
        if isinstance(file, Unread):
            yield file
            continue
        worker.file = file
        worker.pipe.send(file)
        return


def _work(pipe: Connection, search: Search, held: Sequence[Connection]) -> None:
    """Search files until nobody is left to send one; an empty portion ends a file."""
    for one in held:
        one.close()
    try:
        while True:
            portion: list[Result] = []
            for result in search(pipe.recv()):
                portion.append(result)
                if len(portion) == _PORTION:
                    pipe.send(portion)
                    portion = []
            if portion:
                pipe.send(portion)
            pipe.send([])
    except (EOFError, ConnectionError, KeyboardInterrupt):
        return
