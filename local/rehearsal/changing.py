"""The steps of a stack that changes: updated, failing to be updated, taken back."""

from rehearsal import calls, versions
from rehearsal.deployed import FUNCTION, Deployed
from rehearsal.deploying import SamFailed
from rehearsal.run import Run
from rehearsal.telling import say, step
from rehearsal.transferring import begins, heard_when_refused
from rehearsal.workplace import RehearsalFailed

_TEXT = "This is the text of the rehearsal."


def change(run: Run) -> None:
    """Update, fail to update, and take a version back; calls go on. Raises RehearsalFailed."""
    with step("update in place: RefusedText"):
        _update(run)
    with step("an update that fails: packages without code, and a bus that cannot be made"):
        _fail(run)
    with step("a broken version goes live, and the aliases are pointed back"):
        _point_back(run)


def _update(run: Run) -> None:
    before, records = heard_when_refused(run), _sessions(run)
    run.deploy({"RefusedText": _TEXT})
    after = heard_when_refused(run)
    say(f"{run.stack.status}; a refused caller heard {before}, hears {after}")
    if after != (f'"{_TEXT}"',) or after == before:
        raise RehearsalFailed("a changed parameter does not reach a call")
    lost = records - _sessions(run)
    say(f"{len(records)} records are there still")
    if lost:
        raise RehearsalFailed(f"an update lost {len(lost)} records")


def _fail(run: Run) -> None:
    names = [name for name, one in run.stack.of(FUNCTION).items() if one.stack == run.name]
    failing = versions.failing_after(run.template, names)
    try:
        run.deploy({"RefusedText": _TEXT}, template=failing, broken=True)
    except SamFailed:
        pass
    else:
        raise RehearsalFailed("a deployment went well that cannot")
    status = Deployed.read(run.name).status
    say(f"{status}; calls are answered: {begins(run)}")
    if status != "UPDATE_ROLLBACK_COMPLETE" or not begins(run):
        raise RehearsalFailed("an update that failed was not taken back")


def _point_back(run: Run) -> None:
    good = versions.live_versions(run.stack)
    run.deploy({"RefusedText": _TEXT}, broken=True)
    broken = versions.live_versions(run.stack)
    say(f"deployed without code; calls are answered: {begins(run)}")
    if good == broken or begins(run):
        raise RehearsalFailed("a broken version did not go live, so nothing is shown by its end")
    versions.point_back(good)
    say(f"pointed back; calls are answered: {begins(run)}")
    if heard_when_refused(run) != (f'"{_TEXT}"',):
        raise RehearsalFailed("the version before does not answer as it did")


def _sessions(run: Run) -> set[tuple[str, str]]:
    table = run.stack.outputs["CallsTable"]
    return {(one["session"], one["hop"]) for one in calls.everything(table)}
