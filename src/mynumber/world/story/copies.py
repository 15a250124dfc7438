"""A copy of a part of the town in its place, for what the town itself must not go through: a damage, or a long wait.

Promises that the originals rest while the copies run at their ports, that nothing of what the copies do comes back, and
that the originals run again afterwards. Who is stopped and not copied does not run meanwhile.
"""

import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mynumber.exchange import setup
from mynumber.plumbing import tap
from mynumber.world.story.stage import Stage
from mynumber.world.town.processes import Processes


@contextmanager
def of(stage: Stage, names: Collection[str], *, resting: Collection[str] = ()) -> Iterator[Path]:
    """Stop these institutions and the `resting` ones, give a folder with copies, and start the town's own again."""
    with tempfile.TemporaryDirectory(prefix="mynumber-copy-") as place:
        folder, stopped = Path(place), {*names, *resting}
        stage.processes.stop(*stopped)
        try:
            for name in names:
                # What passed through the original is nothing that the copy looks at.
                ignored = shutil.ignore_patterns(Path(tap.FOLDER).name)
                shutil.copytree(stage.town.institution(name).folder, folder / name, ignore=ignored)
            shutil.copytree(stage.town.visitor, folder / stage.town.visitor.relative_to(stage.town.folder))
            yield folder
        finally:
            stage.processes.start(*stopped)


@contextmanager
def serving(stage: Stage, folder: Path, names: Collection[str], *, ahead_s: int = 0) -> Iterator[None]:
    """Serve the copies at the ports of their originals, all clocks so many seconds ahead."""
    moved = tuple(replace(each, folder=folder / each.name) for each in stage.town.institutions)
    for name in names:
        setup.set_test_town(folder / name / setup.CONFIG, faults={}, offset_s=ahead_s, tapped=False)
    with Processes(replace(stage.town, folder=folder, institutions=moved)) as copies:
        copies.start(*names)
        yield
