"""Makes lists in every form: series with known answers among the mails of the generator of `tests.intake.mails`."""

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.intake.mails import make

# Each function is sound, or breaks one rule: what a mail adds decides what is to be found.
SOUND = """\
struct page *page_of_{0}(pte_t *ptep)
{{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(ptep));

	if (!is_migration_entry(entry))
		return NULL;
	return pfn_swap_entry_to_page(entry);
}}
"""
BAD = """\
struct page *page_of_{0}(pte_t *ptep)
{{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(ptep));
	struct page *page = pfn_swap_entry_to_page(entry);

	lock_page(page);
	return is_migration_entry(entry) ? page : NULL;
}}
"""
CODE = "AL108"


class Post(NamedTuple):
    """A mail: its id, its bytes, and the functions in which something is to be found."""

    id: str
    data: bytes
    bad: tuple[str, ...] = ()


def patch(path: str, *functions: str) -> str:
    """Return a diff that creates a file with functions."""
    lines = "\n".join(functions).splitlines()
    body = "".join(f"+{line}\n" for line in lines)
    return (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\nindex 000000000000..1234567890ab\n--- /dev/null\n"
        f"+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n{body}"
    )


def post(
    name: str,
    subject: str,
    text: str,
    *,
    above: Sequence[str] = (),
    sender: str = "dev@example.org",
    day: int = 1,
    bad: tuple[str, ...] = (),
) -> Post:
    """Return a mail as git send-email sends it."""
    refs = f"In-Reply-To: <{above[-1]}>\nReferences: {' '.join(f'<{one}>' for one in above)}\n" if above else ""
    head = (
        f"From: A Developer <{sender}>\nTo: linux-mm@kvack.org\nSubject: {subject}\n"
        f"Date: {day % 28 + 1} {('Jan', 'Feb', 'Mar', 'Apr')[day // 28 % 4]} 2026 10:00:00 +0000\n"
        f"Message-ID: <{name}>\n{refs}\n"
    )
    return Post(name, (head + text).encode(), bad)


def series(number: int, rng: Random) -> list[Post]:
    """Return a series as it goes over a list: maybe a cover letter, parts in any order, replies, maybe damage."""
    total, version = rng.randint(1, 4), rng.choice((1, 1, 2, 3))
    tag = f"PATCH v{version}" if version > 1 else "PATCH"
    root = f"{number}.0.cover@example.org"
    sender = f"dev{number % 7}@example.org"
    found: list[Post] = []
    has_cover = total > 1 and rng.random() < 0.7
    if has_cover:
        text = "What this is about.\n"
        found.append(post(root, f"[{tag} 0/{total}] mm: series {number}", text, sender=sender, day=number % 100))
    parts = list(range(1, total + 1))
    for part in parts:
        name = f"{number}.{part}@example.org"
        if not has_cover and part == 1:
            root = name
        function = f"{number}_{part}"
        is_bad = rng.random() < 0.5
        code = (BAD if is_bad else SOUND).format(function)
        where = f"[{tag} {part}/{total}]" if total > 1 else f"[{tag}]"
        text = f"Do it.\n\nSigned-off-by: A Developer <{sender}>\n---\n {part} file\n\n"
        text += patch(f"mm/s{number}_{part}.c", code) + "-- \n2.43.0\n\n"
        above = () if name == root else (root,)
        bad = (f"page_of_{function}",) if is_bad else ()
        made = post(
            name, f"{where} mm: part {part} of {number}", text, above=above, sender=sender, day=number % 100, bad=bad
        )
        found.append(made)
    first, rest = found[:1], found[1:]
    rng.shuffle(rest)
    found = first + rest
    for one in list(found):
        if rng.random() < 0.3:
            text = "On Monday, A wrote:\n" + "".join(f"> {line}\n" for line in one.data.decode().splitlines()[8:20])
            refs = tuple(dict.fromkeys((root, one.id)))
            found.append(
                post(f"re.{one.id}", "Re: " + _subject(one), text + "\nWhy?\n", above=refs, sender="r@example.org")
            )
    return found


def mixed(count: int, known: int, seed: int = 1) -> list[Post]:
    """Return ``count`` mails of the generator among ``known`` series with known answers."""
    rng = Random(seed)
    waiting = [series(number, rng) for number in range(known)]
    out: list[Post] = []
    noise = iter(range(count))
    every = max(1, count // max(1, known))
    for one in waiting:
        for mail in one:
            out.append(mail)
            if rng.random() < 0.2:
                out += _noise(noise, 1)
        out += _noise(noise, every - 1)
    return out + _noise(noise, count)


def answers(posts: Iterable[Post]) -> set[tuple[str, str]]:
    """Return (mail, function) of all that is to be found."""
    return {(one.id, name) for one in posts for name in one.bad}


def _noise(numbers: Iterable[int], most: int) -> list[Post]:
    found = []
    for number, _ in zip(numbers, range(most), strict=False):
        found.append(Post(f"{number}@b.c", make(number).data))
    return found


def _subject(one: Post) -> str:
    return one.data.decode().partition("Subject: ")[2].partition("\n")[0]


# -- forms


def inbox(directory: Path, posts: Iterable[Post | str], epoch: int = 0, branch: str = "master") -> Path:
    """Append mails to an epoch of a public-inbox; a str is the id of a mail that is taken out of it again."""
    clone = directory / "git" / f"{epoch}.git"
    is_new = not clone.exists()
    if is_new:
        clone.mkdir(parents=True)
        subprocess.run(["git", "init", "-q", "--bare", "-b", branch, str(clone)], check=True)
    posts = list(posts)
    known = _known(clone) if not is_new and any(isinstance(one, str) for one in posts) else {}
    parts: list[bytes] = []
    for i, one in enumerate(posts):
        data, name = (known[one], b"d") if isinstance(one, str) else (one.data, b"m")
        if isinstance(one, Post):
            known[one.id] = one.data
        parts.append(
            b"commit refs/heads/%s\ncommitter A <a@b> %d +0000\ndata 1\nx\n" % (branch.encode(), 1_700_000_000 + i)
        )
        if i == 0 and not is_new:
            parts.append(b"from refs/heads/%s^0\n" % branch.encode())
        parts.append(b"deleteall\nM 100644 inline %s\ndata %d\n%s\n" % (name, len(data), data))
    subprocess.run(["git", "-C", str(clone), "fast-import", "--quiet", "--force"], input=b"".join(parts), check=True)
    return directory


def _known(clone: Path) -> dict[str, bytes]:
    names = subprocess.run(["git", "-C", str(clone), "rev-list", "HEAD"], capture_output=True, text=True, check=True)
    found = {}
    for commit in names.stdout.split():
        done = subprocess.run(["git", "-C", str(clone), "show", f"{commit}:m"], capture_output=True, check=False)
        if done.returncode == 0:
            name = done.stdout.partition(b"Message-ID: <")[2].partition(b">")[0].decode()
            found[name] = done.stdout
    return found


def maildir(directory: Path, posts: Iterable[Post], start: int = 0) -> Path:
    """Put mails into a maildir."""
    for folder in ("cur", "new", "tmp"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(posts, start):
        folder, flags = ("cur", ":2,S") if number % 2 else ("new", "")
        (directory / folder / f"{1_700_000_000 + number}.M{number}.host{flags}").write_bytes(one.data)
    return directory


def mailbox(path: Path, posts: Iterable[Post]) -> Path:
    """Append mails to a mailbox."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        for one in posts:
            file.write(b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + one.data.replace(b"\nFrom ", b"\n>From ") + b"\n")
    return path
