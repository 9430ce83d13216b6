"""The lab's stages, from rendering to the report, as tasks."""

from collections.abc import Iterable
from pathlib import Path

from .data_tasks import PARTS, data_tasks, training_flags
from .network_tasks import network_tasks
from .picture_tasks import (
    gates_task,
    noise_free_fid_task,
    pairs_task,
    picture_tasks,
    rendered_swaps_task,
    sensitivity_task,
)
from .scale import Scale
from .swappers import (
    CANDIDATES,
    CHOICE_FOLDER,
    HEAD,
    LONGER,
    LONGER_OF,
    MARGINS_FROM,
    STUDENT,
    TEACHER,
    TRAINED,
    TRIVIAL,
    TRUTH,
)
from .tasks import Task, last_checkpoint


class Lab:
    """All tasks of a lab.

    Args:
        folder: where everything goes; relative to the repository's root, or absolute.
        results: where the report and what it is made from go.
        scale: how much of everything.
        swappers: which of `TRAINED` are trained; `MARGINS_FROM` is in any case, and so are the
            student's teacher and what `LONGER` goes on from.
        seed: of the pictures and of all trainings.
        networks: a folder of encoders and regressors that were trained before, as
            ``lab/ship_models.py`` writes it; None: they are trained too.
    """

    def __init__(
        self,
        folder: Path,
        results: Path,
        scale: Scale,
        swappers: Iterable[str],
        seed: int,
        networks: Path | None = None,
    ) -> None:
        self.folder, self.results, self.scale, self.seed = folder, results, scale, seed
        self.networks = networks
        wanted = {MARGINS_FROM, *swappers}
        if STUDENT in wanted:
            wanted.add(TEACHER)
        if not scale.has_longer:
            wanted.discard(LONGER)
        if LONGER in wanted:
            wanted.add(LONGER_OF)
        self.swappers = [name for name in TRAINED if name in wanted]

    def tasks(self) -> list[Task]:
        """Every task, each after what it needs."""
        data = {part: data_tasks(self.folder, part, self.scale, self.seed) for part in PARTS}
        train, test = data["train"], data["test"]
        shards = (train[-1], data["validation"][-1])
        networks = network_tasks(
            self.folder,
            {part: tasks[-1] for part, tasks in data.items()},
            self.scale,
            self.seed,
            self.networks,
        )
        encoder = networks[0]
        first = self._training(MARGINS_FROM, (*shards, encoder))
        margins = self._margins(first, encoder, train[-1])
        runs = [
            self._training(name, (*shards, encoder, margins))
            for name in self.swappers
            if name not in (MARGINS_FROM, LONGER, STUDENT)
        ]
        if LONGER in self.swappers:
            (before,) = (run for run in runs if run.name == LONGER_OF)
            runs.append(self._training(LONGER, (*shards, encoder, margins, before)))
        if STUDENT in self.swappers:
            (teacher,) = (run for run in runs if run.name == TEACHER)
            runs.append(self._student(teacher, (*shards, encoder)))
        gates = gates_task(self.folder, networks, self.scale.gated, self.seed)
        judges = (*networks, test[-1])
        pairs = pairs_task(self.folder, test[-1], self.scale.pairs)
        rendered = {
            TRUTH: rendered_swaps_task(self.folder, "rendered_swaps", "face", pairs, test),
            HEAD: rendered_swaps_task(self.folder, "rendered_heads", "head", pairs, test),
        }
        judged = (*judges, rendered[TRUTH])
        clean = data_tasks(self.folder, "test", self.scale, self.seed, is_clean=True)
        unjudged = (encoder, clean[-1])
        evaluations = [
            pairs,
            *rendered.values(),
            *(self._evaluation(name, name, judged) for name in TRIVIAL),
            *(
                self._evaluation(name, task.product.parent, (*judged, task))
                for name, task in rendered.items()
            ),
            *(
                self._evaluation(run.name, self.folder / "runs" / run.name, (*judged, run))
                for run in (first, *runs)
            ),
            *clean,
            sensitivity_task(self.folder, clean[-1]),
            *(noise_free_fid_task(self.folder, name, name, unjudged) for name in TRIVIAL),
            *(
                noise_free_fid_task(
                    self.folder, run.name, self.folder / "runs" / run.name, (*unjudged, run)
                )
                for run in (first, *runs)
            ),
        ]
        choices = [
            self._choice(run, (*networks, data["choice"][-1]))
            for run in runs
            if run.name in CANDIDATES
        ]
        pictures = picture_tasks(self.folder, (first, *runs), encoder, test[-1])
        report = self._report((margins, gates, *choices, *evaluations, *pictures))
        stages = zip(*data.values(), strict=True)
        # All other runs wait for the first one's margins: it is begun as soon as it can be.
        begin = [encoder, first, *networks[1:], gates, margins]
        made = [task for stage in stages for task in stage]
        return [*made, *begin, *runs, *choices, *evaluations, *pictures, report]

    def _training(self, name: str, needs: tuple[Task, ...]) -> Task:
        """A configuration's run.

        Of ``needs`` the encoder, and, where there are any, the margins and the run to go on from.
        """
        run = self.folder / "runs" / name
        flags = [f"--flagfile=flags/lab/{name}.cfg"]
        if self.scale.swapper_flagfile:
            flags.append(f"--flagfile={self.scale.swapper_flagfile}")
        for task in needs:
            if task.stage == "encoders":
                flags.append(f"--encoder={task.product}")
            elif task.stage == "margins":
                flags.append(f"--flagfile={task.product}")
            elif task.stage == "train":
                flags.append(f"--init_run={task.place}")
        end = last_checkpoint(run, [flag for flag in flags if "flags/lab/" in flag])
        command = ("training/train.py", *flags, *training_flags(self.folder, run, self.seed))
        stage = "train_a" if name == MARGINS_FROM else "train"
        return Task(stage, name, command, end, needs, place=run)

    def _student(self, teacher: Task, needs: tuple[Task, Task, Task]) -> Task:
        """The small generator that learns from ``teacher``; of ``needs`` the encoder is last."""
        run = self.folder / "runs" / STUDENT
        flags = [f"--flagfile=flags/lab/{STUDENT}.cfg"]
        if self.scale.network_flagfile:
            flags.append(f"--flagfile={self.scale.network_flagfile}")
        command = (
            "training/distill.py",
            *flags,
            f"--teacher={self.folder / 'runs' / teacher.name}",
            f"--encoder={needs[-1].product}",
            *training_flags(self.folder, run, self.seed),
        )
        end = last_checkpoint(run, flags)
        return Task("distill", STUDENT, command, end, (*needs, teacher), place=run)

    def _margins(self, run: Task, encoder: Task, shards: Task) -> Task:
        """Measures margins on the people to train on: those held out only judge."""
        folder = self.folder / "ifsr"
        command = (
            "evaluation/ifsr.py",
            f"--targets={shards.product.parent}",
            f"--swapper={self.folder / 'runs' / run.name}",
            f"--encoder={encoder.product}",
            f"--pairs={min(1_000, self.scale.pairs)}",
            f"--output={folder}",
        )
        product = folder / "ifsr_margins.cfg"
        needs = (run, encoder, shards)
        return Task("margins", "margins", command, product, needs, place=folder)

    def _evaluation(self, name: str, swapper: str | Path, needs: tuple[Task, ...]) -> Task:
        """By the networks that judge, of whose tasks the first of ``needs`` are, and the truth."""
        arcface, cosface, pose, expression, shards, truth = needs[:6]
        folder = self.folder / "evaluation" / name
        command = (
            "evaluation/evaluate.py",
            f"--targets={shards.product.parent}",
            f"--swapper={swapper}",
            f"--encoder={arcface.product}",
            f"--identity_encoder={cosface.product}",
            f"--pose_encoder={pose.product}",
            f"--expression_encoder={expression.product}",
            "--features_encoder=mobilenet_v2",
            f"--pair_list={truth.product}",
            f"--truths={truth.product.parent}",
            f"--output={folder}",
            *(() if self.scale.times else ("--noruntime",)),
        )
        product = folder / "results.json"
        return Task(
            "evaluate",
            f"evaluate_{name}",
            command,
            product,
            needs,
            is_alone=self.scale.times,
            place=folder,
            measures=True,
        )

    def _choice(self, run: Task, needs: tuple[Task, ...]) -> Task:
        """A candidate's ID on the people that the shipped generator is chosen on."""
        arcface, cosface, *_, shards = needs
        folder = self.folder / CHOICE_FOLDER / run.name
        command = (
            "evaluation/evaluate.py",
            f"--targets={shards.product.parent}",
            f"--swapper={self.folder / 'runs' / run.name}",
            f"--encoder={arcface.product}",
            f"--identity_encoder={cosface.product}",
            "--pose_encoder=",
            "--expression_encoder=",
            "--features_encoder=",
            f"--pairs={self.scale.pairs}",
            f"--output={folder}",
            "--noruntime",
        )
        product = folder / "results.json"
        return Task(
            "choice",
            f"choice_{run.name}",
            command,
            product,
            (*needs, run),
            place=folder,
            measures=True,
        )

    def _report(self, needs: tuple[Task, ...]) -> Task:
        command = ("lab/report.py", f"--lab_dir={self.folder}", f"--results_dir={self.results}")
        page = self.results.parent / "REPORT.md"
        return Task("report", "report", command, page, needs, measures=True)
