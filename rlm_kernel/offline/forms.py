"""How people say what an item must have, as regular expressions: ``that start with {TARGET}``."""

from __future__ import annotations

from rlm_kernel.offline.lexer import MARK
from rlm_kernel.offline.task import Relation

_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
NUMBERS = {word: value for value, word in enumerate(_WORDS.split())} | {"twenty": 20, "fifty": 50}
NUMBERS |= {"a dozen": 12, "once": 1, "twice": 2, "thrice": 3}
NUMBER = rf"(?:\d+|(?:{'|'.join(NUMBERS)})\b)"

_LABEL = (
    r"(?:(?:the|a|an|any|some|exact|exactly|whole|entire|literal|single|following|called|named)\s+)*"
    r"(?:(?:word|(?:sub)?string|phrase|text|name|term|message|expression|literal|token|sequence|keyword|key|"
    r"letters?|characters?|module|package|library|class|function|method|symbol|identifier|constant|prefix|"
    r"suffix)s?\s+(?:(?:called|named)\s+)?)?"
)
_AND = r"(?:,\s*(?:and\s|or\s)?|/|and also|and|or|as well as|plus|together with)"
_MARKS = rf"{MARK}(?:\s*{_AND}\s*(?:both\s+)?{_LABEL}{MARK})*"
_SET_OFF = (
    r"(?:in (?:them|it)|at least|more than|exactly|(?:appear|occur|show|come|turn)\w*|is|are|does|do|"
    r"most|and sort\w*|but)\b"
)
_PLAIN = (
    rf"(?!(?:occur|appear)(?:s|ing|r?ed)?\b)\w[\w'.-]*(?:\s(?!{_SET_OFF})[\w'-]+){{0,4}}?"
    rf"(?=\s*$|\s*[,;:?.!]|\s+{_SET_OFF})"
)

TARGET = rf"(?P<label>{_LABEL})(?P<target>{_MARKS}|{_PLAIN})"
"""A name or a few plain words, with what it is called before it."""
NAMED = rf"(?P<label>{_LABEL})(?P<target>{_MARKS})"
"""Only a name that was set apart."""

APPEAR = (
    r"(?:(?:is|are|was|were|be|been|get|gets)\s+)?"
    r"(?:occur(?:s|ring|red)?|appear(?:s|ing|ed)?|(?:show|come|turn|crop)s? up|used|mentioned|found|present|"
    r"seen|referenced|included|contained|written|repeated|there)\b"
)
_HOLD = (
    r"(?:contain(?:s|ing)?|mention(?:s|ing)?|includ(?:e|es|ing)|ha(?:ve|s|ving)|with|us(?:e|es|ing)|"
    r"refer(?:s|ring)? to|referenc(?:e|es|ing)|show(?:s|ing)?(?! up)|sa(?:y|ys|ying)|hold(?:s|ing)?|"
    r"featur(?:e|es|ing))"
)
_NOT = r"(?:(?:do|does|did) not|don't|doesn't|didn't|not|never|without|lack(?:s|ing)?|no|excluding|except)"
_WITH = r"(?:with|having|have|has|contain(?:s|ing)?) (?:the |a )?"
_THING = r"(?: class| function| method)?"

_KEY = rf"(?:the |an? )?(?P<key>{MARK}|(?!(?:no|not|only|just|both|either|neither|exactly)\b)[a-z_][\w-]*)"
_SETS = r"(?:==?|:|(?:is |are )?(?:equal to|equals?|set to))"
_OF_WHICH = r"(?:whose|where|in which|for which)"
_HAS = r"(?:with|having|have|has)"

_SAID: tuple[tuple[str, Relation, bool], ...] = (
    (rf"{_OF_WHICH} {_KEY} (?:does not|do not|doesn't) equal {TARGET}", "equals", True),
    (rf"(?:{_OF_WHICH}|{_HAS}) {_KEY} ?{_SETS} ?{TARGET}", "equals", False),
    (rf"{_OF_WHICH} {_KEY} (?:is not|isn't) {TARGET}", "equals", True),
    (rf"{_HAS} (?:the |an? )?(?P<key>{MARK}) {NAMED}", "equals", False),
    (rf"match(?:es|ing)? (?:the )?(?:reg(?:ular )?ex(?:p|pression)?|pattern) {NAMED}", "regex", False),
    (rf"(?:start(?:s|ing)?|begin(?:s|ning)?|prefixed)(?: with| by| in)? {TARGET}", "starts", False),
    (rf"(?:{_WITH}prefix|(?:beginning|start|prefix) is)(?: of)? {TARGET}", "starts", False),
    (rf"(?:end(?:s|ing)?|finish(?:es|ing)?|suffixed)(?: with| by| in| on)? {TARGET}", "ends", False),
    (rf"(?:{_WITH}(?:suffix|ending)|(?:end|ending|suffix) is)(?: of)? {TARGET}", "ends", False),
    (rf"{_NOT} import(?:s|ing)? {TARGET}", "imports", True),
    (rf"import(?:s|ing)? {TARGET}", "imports", False),
    (rf"(?:where|in which) {TARGET} (?:is|are|gets) imported", "imports", False),
    (rf"(?:inherit(?:s|ing)?|deriv(?:e|es|ing|ed)|descend\w*) from {TARGET}", "inherits", False),
    (rf"(?:subclass(?:es|ing)?|extend(?:s|ing)?)(?: of)? {NAMED}", "inherits", False),
    (rf"{_WITH}definition (?:of|for) {TARGET}", "defines", False),
    (rf"{_NOT} (?:defin|declar)(?:e|es|ing) {TARGET}{_THING}", "defines", True),
    (rf"(?:defin|declar)(?:e|es|ing) {TARGET}{_THING}", "defines", False),
    (rf"(?:is|are) {NAMED}{_THING} (?:defined|declared|implemented)", "defines", False),
    (rf"{_NOT} (?:{_HOLD} )?{TARGET}(?: in (?:them|it)\b)?", "contains", True),
    (rf"(?:equal(?:s|ing)?(?: to)?|identical to|consist(?:s|ing)? (?:only )?of) {NAMED}", "equals", False),
    (rf"{_HOLD} (?:both |either )?{TARGET}(?: (?:in|inside) (?:them|it)\b)?", "contains", False),
    (rf"(?:in |on )?(?:which|where) {TARGET} {APPEAR}", "contains", False),
    (rf"{_NOT} {_HAS} {_KEY} {NAMED}", "equals", True),
    (rf"{_HAS} {_KEY} {NAMED}", "equals", False),
    (rf"{_OF_WHICH} {_KEY} is {TARGET}", "equals", False),
)
_WHO = r"\b(?:(?:that|which|who|whose|and|but|also|can|all|both|either)\s+)*"
CONDITIONS = tuple((rf"{_WHO}{form}", relation, negated) for form, relation, negated in _SAID)
"""Form, what it says of the item, and whether it denies that; the first that fits is taken."""

_OF = r"(?:with |of |having |have |that have |that are |which are )?"
_LETTERS = rf"(?P<n>{NUMBER}) (?:letters|characters|chars)(?: long)?"
LENGTHS: tuple[tuple[str, Relation, int], ...] = (
    (rf"{_OF}(?:longer than|more than|over) {_LETTERS}", "longer", 0),
    (rf"{_OF}(?:at least|a minimum of) {_LETTERS}", "longer", -1),
    (rf"{_OF}(?P<n>{NUMBER}) or more (?:letters|characters|chars)", "longer", -1),
    (rf"{_OF}(?:shorter than|fewer than|less than) {_LETTERS}", "shorter", 0),
    (rf"{_OF}(?:at most|no more than) {_LETTERS}", "shorter", 1),
)
"""Form, relation, and what to add to the number said, so that the relation is strict."""
LENGTH = rf"{_OF}(?:exactly )?(?P<n>{NUMBER})[ -](?:letters?|characters?)(?: long)?\b"

_OCCURRENCES = (
    r"(?:occurrences?|instances?|mentions?|appearances?|us(?:es?|ages?)|hits?|matches|references?|times)"
    r"(?: of| for| to)?(?: (?:is|does|do|did|are|was|has|have|can|that))?"
)
OCCURRENCES = tuple(
    form
    for target in (NAMED, TARGET)
    for form in (
        rf"{_OCCURRENCES} {target}(?: {APPEAR})?",
        rf"\b(?:(?:does|do|is|are|did|can|that|where|has|have) )+{target} {APPEAR}",
        rf"\b{NAMED} {APPEAR}",
        rf"\b(?:use|contain|mention|say|include)s? {target}",
        rf"^(?:the )?(?:word|string|phrase) {target}$",
    )
)
"""How people say that something occurs; a name that was set apart is preferred to plain words."""
