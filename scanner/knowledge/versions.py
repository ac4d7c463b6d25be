"""Whether a version text lies in a branch: texts compared as people write them, not ordered (that is `order`)."""

import re


def within(version: str, branch: str) -> bool:
    """Whether the version lies in the branch: equal, or longer at a boundary (`7.9` in `7`, `12.2(55)SE` in `12.2`)."""
    version, branch = plain(version), plain(branch)
    if not branch or not version.startswith(branch):
        return False
    if len(version) == len(branch):
        return True
    following = version[len(branch)]
    return not following.isdigit() if branch[-1].isdigit() else not following.isalnum()


def plain(text: str) -> str:
    """A version text in its comparable spelling: lower case, no leading `v`, `8.00` as `8.0`."""
    text = text.strip().lower()
    text = text[1:] if re.match(r"v\d", text) else text
    return re.sub(r"(?<![\w])0+(?=\d)", "", text)
