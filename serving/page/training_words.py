"""A training's state and alarms in words."""

import html

from facedancer.training.cost.pace import describe_seconds

from .training_run import Alarm, Progress


def describe(progress: Progress) -> str:
    """Tells how far a run is, and its alarms, in HTML."""
    words = [f"<b>{_state(progress)}</b>", f"step {progress.step:,}"]
    bar = ""
    if progress.total is not None:
        words[1] += f" of {progress.total:,}"
        bar = f'<progress value="{progress.step}" max="{progress.total}"></progress>'
    if progress.steps_a_second:
        words.append(f"{_rate(progress.steps_a_second)} steps a second")
    if progress.seconds_left is not None and not progress.is_quiet:
        words.append(f"about {describe_seconds(progress.seconds_left)} left")
    # The latest first.
    alarms = "".join(_alarm(one) for one in reversed(progress.alarms))
    return f"{bar}<div>{', '.join(words)}</div>{alarms}"


def _state(progress: Progress) -> str:
    if progress.is_finished:
        return "Finished"
    if not progress.is_quiet:
        return "Running"
    if progress.quiet_s is None:
        return "Not finished"
    return f"Silent for {describe_seconds(progress.quiet_s)}: stopped, or busy with something long"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _alarm(alarm: Alarm) -> str:
    """Tells what is wrong in one sentence, and what to look at in another."""
    when = f"Alarm at step {alarm.first:,}"
    if alarm.last > alarm.first:
        when = f"Alarm from step {alarm.first:,} to {alarm.last:,}"
    if alarm.is_over:
        when += ", and not since"
    what, _, remedies = alarm.text.partition(" Look at: ")
    sentences = [f"<b>{when}.</b> {html.escape(what[:1].upper() + what[1:])}"]
    if remedies:
        sentences.append(f"Look at: {html.escape(remedies)}")
    kind = "past" if alarm.is_over else "alarm"
    return f"<div class='{kind}'>{'<br>'.join(sentences)}</div>"
