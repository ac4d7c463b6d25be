"""Play the device's side of a talk, without I/O: bytes in, what to do out."""

from collections.abc import Sequence

from scanner.lab.talk import End, Hear, Pause, Say, Step, Talk

Act = Say | Pause | End


class Player:
    """One connection to a simulated device.

    Scripts whose device speaks first are played in turn, unless they begin alike: then, and where we speak first,
    what the device hears chooses the script, as it would choose a code path in the real thing. What no script foresees ends the connection, and is kept
    in `unforeseen` for the test that plays the fixture.
    """

    def __init__(self, talk: Talk, turn: int = 0) -> None:
        self._scripts: list[Sequence[Step]] = list(talk.connections)
        first = [script for script in self._scripts if not isinstance(script[0], Hear)]
        if first:
            self._scripts = first if self._shared(first) else [first[turn % len(first)]]
        self._heard = b""
        self.unforeseen: bytes | None = None
        self.ended = not self._scripts

    def start(self) -> list[Act]:
        """What the device does before it hears anything."""
        return self._go()

    def hear(self, data: bytes) -> list[Act]:
        """What the device does on receiving `data`."""
        if self.ended:
            return []
        self._heard += data
        return self._go()

    def _go(self) -> list[Act]:
        acts: list[Act] = []
        while not self.ended:
            if len(self._scripts) > 1 and (act := self._shared(self._scripts)):
                acts.append(act)
                self._scripts = [script[1:] for script in self._scripts]
                continue
            script = self._chosen()
            if script is None:
                return acts
            step, rest = script[0], script[1:]
            if isinstance(step, Hear):
                found = step.pattern.match(self._heard)
                if not found:
                    return acts
                self._heard = self._heard[found.end() :]
            else:
                acts.append(step)
            self.ended = not rest or isinstance(step, End)
            self._scripts = [rest]
        return acts

    @staticmethod
    def _shared(scripts: Sequence[Sequence[Step]]) -> Act | None:
        """What the device does next in all of them, if it goes on after it."""
        step = scripts[0][0]
        if isinstance(step, Hear | End):
            return None
        return step if all(len(script) > 1 and script[0] == step for script in scripts) else None

    def _chosen(self) -> Sequence[Step] | None:
        """The one script that fits what was heard; None while it is open, or when none can fit any more."""
        if len(self._scripts) == 1:
            return self._scripts[0]
        if not self._heard:
            return None
        for script in self._scripts:
            step = script[0]
            if isinstance(step, Hear) and step.pattern.match(self._heard):
                return script
        return None

    def give_up(self) -> list[Act]:
        """What the device does when the caller has stopped sending and nothing has matched: it hangs up."""
        if self.ended:
            return []
        self.ended = True
        self.unforeseen = self._heard
        return [End("close")]
