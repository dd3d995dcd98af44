"""Three texts for the offline model's test questions: two generated ones and a part of Python itself."""

from __future__ import annotations

import random
import sysconfig
from pathlib import Path

SERVICES = ["payments", "gateway", "search", "mailer", "vault", "scheduler"]
USERS = [
    "maria.k",
    "j.okafor",
    "lena",
    "tomasz.w",
    "priya",
    "o-brien",
    "chen.li",
    "sofia",
    "amir",
    "greta.n",
    "noah",
    "ines",
]
DOMAINS = ["example.com", "example.org", "mail.example.net"]
URLS = [
    "https://hooks.example.net/v2/orders",
    "https://hooks.example.net/v2/refunds?retry=1",
    "http://status.example.org/ping",
    "https://cdn.example.com/a/b.js",
]
MESSAGES = [
    ("INFO", "request served"),
    ("INFO", "cache refreshed"),
    ("INFO", "session opened"),
    ("DEBUG", "queue drained"),
    ("WARN", "slow query, 3 retries left"),
    ("WARN", "token about to expire"),
    ("ERROR", "upstream timed out"),
    ("ERROR", "disk quota exceeded"),
]
PLANTED = {
    0.21: 'INFO [vault] rotation done, new escrow passphrase is "cobalt-heron-42"',
    0.37: "INFO [scheduler] build number 48211 deployed to gateway-3",
    0.38: "INFO [scheduler] build number 48197 deployed to gateway-1",
    0.55: "WARN [gateway] certificate pinning mismatch for peer relay-9",
    0.76: "INFO [scheduler] maintenance window for the Oslo rack is 02:30-04:15",
    0.77: "INFO [scheduler] maintenance window for the Lima rack is 05:00-05:45",
}


def log(lines: int = 6000) -> str:
    """A server's log of some 700,000 characters."""
    chance = random.Random(20260314)
    planted = {int(lines * place): text for place, text in PLANTED.items()}
    made = []
    for number in range(lines):
        seconds = number * 14
        day, rest = 14 + seconds // 86400, seconds % 86400
        stamp = f"2026-03-{day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"
        if number in planted:
            made.append(f"{stamp} {planted[number]}")
            continue
        level, message = chance.choices(MESSAGES, weights=[40, 20, 15, 10, 6, 4, 4, 1])[0]
        status = chance.choices([200, 204, 301, 404, 503], weights=[60, 15, 5, 12, 8])[0]
        client = f"10.4.{int(chance.triangular(0, 9, 2))}.{int(chance.triangular(1, 40, 7))}"
        line = f"{stamp} {level} [{chance.choice(SERVICES)}] client={client} status={status} took={chance.randint(1, 900)}ms"
        if chance.random() < 0.6:
            user = USERS[min(int(chance.expovariate(0.4)), len(USERS) - 1)]
            line += f" user={user}@{chance.choices(DOMAINS, weights=[6, 3, 1])[0]}"
        if chance.random() < 0.05:
            line += f" callback={chance.choice(URLS)}"
        made.append(f'{line} msg="{message}"')
        if message == "upstream timed out" and chance.random() < 0.2:
            made += [
                "Traceback (most recent call last):",
                '  File "relay.py", line 88, in forward',
                "TimeoutError: upstream timed out",
            ]
    return "\n".join(made) + "\n"


PEOPLE = [
    "Edith Farrow",
    "Tobias Hale",
    "Margaret Quill",
    "Samuel Brandt",
    "Ottilie Marsh",
    "George Pell",
    "Hester Lowe",
]
PLACES = [
    "Whitby",
    "Harbour Street",
    "Lower Bexley",
    "the mill",
    "Aunt Clara's",
    "St. Osyth",
    "the river house",
]
SENTENCES = [
    "The river has risen again and the meadow is quite under water.",
    "We walked along the river as far as {place} before breakfast.",
    "River trout are said to be bigger this year, but I believe nothing before I have seen it.",
    "I was in {place} on Tuesday and thought of you.",
    "You would be surprised by the quietness of the house since the children left.",
    "Because of the weather the business with the boats had to wait.",
    "Your kindness during my illness will not be forgotten.",
    "The quartet played a little too quickly for my taste.",
    "There was a question about the lanterns, which nobody could answer.",
    "{person} sends you all the best, and a basket of quinces.",
    "The darkness comes early now, and both lanterns are broken.",
    "Before I forget: the baker asked about the bill again.",
    "It is a great happiness to hear that the quarrel is over.",
    "I have been to {place} twice, but the boat was not ready.",
]
POSTSCRIPTS = ["P.S. Do not forget the seeds.", "P.S. The cat is well.", "P.S. {person} says hello."]
SAID = {
    11: "Edith Farrow asked me to write down that her membership number is 7781-C, for the library.",
    12: "My own membership number is 6120-A, should they ask.",
    43: "If you come before us, the key to the boathouse is hidden under the third flowerpot.",
    58: "The key to the cellar hangs behind the kitchen door, as always.",
    77: "My new telephone number is 0555-014-882, the old one does not work any more.",
}


def letters(number: int = 165) -> list[str]:
    """A correspondence of some 90,000 characters, a letter an item."""
    chance = random.Random(1907)
    return [_letter(chance, place) for place in range(number)]


def _letter(chance: random.Random, place: int) -> str:
    writer, reader = chance.sample(PEOPLE, 2)
    if place == 77:
        writer = "Tobias Hale"
    body = [
        chance.choice(SENTENCES).format(place=chance.choice(PLACES), person=chance.choice(PEOPLE[1:]))
        for _ in range(chance.randint(5, 12))
    ]
    if place in SAID:
        body.insert(2, SAID[place])
    lines = [
        f"From: {writer}",
        f"To: {reader}",
        "",
        f"Dear {reader.split()[0]},",
        *_wrapped(body),
        f"Yours, {writer.split()[0]}",
    ]
    if chance.random() < 0.3:
        lines.append(chance.choice(POSTSCRIPTS).format(person=chance.choice(PEOPLE[2:])))
    return "\n".join(lines)


def _wrapped(sentences: list[str]) -> list[str]:
    """Three sentences a line, which makes lines of uneven length."""
    return [" ".join(sentences[start : start + 3]) for start in range(0, len(sentences), 3)]


def python() -> dict[str, str]:
    """The packages json, email and asyncio of the Python that runs, by path."""
    root = Path(sysconfig.get_path("stdlib"))
    paths = sorted(
        path for package in ("asyncio", "email", "json") for path in (root / package).rglob("*.py")
    )
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}
