"""What the devices of a talk say, for the tests of probes that ask control ports."""

from pathlib import Path

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.model.kinds import Profile
from scanner.observe.active import load_probes

TALKS = Path(__file__).parents[3] / "fixtures"


def answers(name, device):
    """Each message of the device, in its order."""
    (script,) = talk.load(TALKS / name / f"{device}.talk").connections
    return [step.data for step in script if isinstance(step, Say)]


def by_permit_only(name):
    """Whether a probe is one that only a signer's permit lets ask: one connection, in ot and labs."""
    probe = load_probes()[name]
    return {Profile.OT: 1, Profile.LAB: 1, Profile.BENCH: 1} == dict(probe.connections) and (
        "By permit only (`ot_read_identity`)" in probe.sends
    )
