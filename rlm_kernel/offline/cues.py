"""The phrases by which the grammar tells what kind of question it reads, as regular expressions.

All are matched against a question in lower case whose names have been set apart (see `lexer`).
"""

from __future__ import annotations

import re

from rlm_kernel.offline.forms import NUMBER

POLITE = (
    r"^(?:(?:hi|hello|hey|ok|so|and|now)[,!]?\s+)+|"
    r"\b(?:please|kindly|for me|if possible|thanks|thank you)\b,?|"
    r"\b(?:could|can|would|will) (?:you|we)\b"
)
TELL = (
    r"\b(?:(?:tell me|let me know|check|figure out|find out|say|i wonder|do you know|"
    r"(?:i'm|i am|we're|we are) (?:looking for|searching for|trying to find|after|interested in))|"
    r"(?:i|we)(?: would|'d)? (?:like|want|need|wish)(?: to)?(?: (?:know|see|have|get|find))?)\b"
    r"(?! for| and| but)"
)
"""Ways to say "find"."""
TIME = r"\b(?:at )?what time\b(?! (?:zone|limit|span|frame))"
"""Ways to say "when"."""
AGAIN = (
    r"^((?:which|what|find|list|show|give)\b.*?\S)\s+"
    r"(?:and )?(?:list|show|give|name|print)(?: me| us)? (?:them(?: all)?|all of them)\s*$"
)
"""A list that is asked for a second time: ``which lines …? List them all.``"""
TOPIC = (
    r"^(?!.*\b(?:only|in|from|for|within|during|of|except|under|if|lines?|files?)\b.*:)"
    r"[^:?]{1,40}:\s+(?=how|what|which|where|when|who|count|list|find)"
)
"""A few words before a colon that only say what the question is about."""

BEYOND = re.compile(
    r"\b(?:"
    r"summar\w+|translat\w+|explain\w*|describ\w+|compar\w+|classif\w+|categor\w+|rewrite|improve|recommend\w*|"
    r"write (?:a|an|me|some)|gist|theme|meaning|conclusions?|sentiment\w*|mood|tone|opinions?|feel\w*|"
    r"sounds?|think|should|why|reasons?|cause[sd]?|infer|imply|predict\w*|how (?:do|can|should|to|come)|"
    r"what (?:if|would)|what happen\w*|what do(?:es)? .* do|"
    r"better|best|worst|interesting|importan\w+|serious|similar\w*|differ|differences?|"
    r"average|mean|median|sum|percent\w*|ratio|calculate|compute|plus|minus|divided|multipl\w+|\d+ times \d+|"
    r"correlat\w+|trends?|longest|shortest|largest|smallest|biggest|lowest|earliest|latest|oldest|newest|"
    r"maximum|minimum|least (?:common|frequent\w*|often|used|popular)|rarest|second most|"
    r"last (?:line|occurrence|time|file)|"
    r"(?:in|of) (?:its|their|the) (?:file ?)?names?|file ?names?|"
    r"and (?:in )?(?:how (?:many|often)|which|what|where|who|list)|"
    r"(?:(?:contain|includ|mention)\w* (?:an? |any |some )?|(?:with|ha(?:ve|s|ving)) (?:a|any|some) )"
    r"(?:number|name|quote)s?(?!\s*[\w\ue000-\uf8ff])"
    r")\b"
)
"""What no question of the four kinds has in it."""

CASE = (
    r"[(,]?\s*\b(?:"
    r"(?:ignoring|ignore|regardless of|irrespective of|whatever|without regard to) (?:the )?(?:letter )?case|"
    r"case[- ]?insensitive(?:ly)?|in any case|case does(?:n't| not) matter|"
    r"(?:in )?(?:either )?(?:upper|lower)(?: case)? (?:or|and) (?:upper|lower)[- ]?case"
    r")\b\s*[):]?"
)
EXACT_CASE = r"[(,]?\s*\b(?:case[- ]?sensitive(?:ly)?|exact case)\b\s*\)?|\(in lower case\)"
WHOLE = (
    r"[(,]?\s*\b(?:(?:as )?(?:a )?whole words?(?: only)?|only (?:as )?(?:a )?whole words?)\b"
    r"(?! \S*[\ue000-\uf8ff])\s*\)?"
)

CONTAINER = (
    r"(?<!how many )(?<!which )(?<!what )(?<!number )"
    r"\b(?:in|from|across|within|throughout|inside|over|of|among|on)\s+"
    r"(?:(?:all|any|each|every|one|some) )?(?:of )?"
    r"(?:(?:the|this|these|those|my|our|that|all|every|each|any)\s+)"
    r"(?:(?:whole|entire|given|following|above|below|attached|standard|python|source|server|access|text|log|code)\s+)*"
    r"(?:{nouns})\b(?! (?:of the|that|which|contain))"
)
"""A mention of the context as a whole: ``in the log``, ``across all files``."""
CONTAINERS = (
    r"logs?|texts?|files?|documents?|docs?|letters?|codebase|code|sources?|context|corpus|data|dataset|"
    r"folder|director(?:y|ies)|book|novel|articles?|transcripts?|repo(?:sitory)?|project|package|library|"
    r"modules?|scripts?|messages?|pages?|report|markers|collection|input|string|list|records?"
)

COUNT = (
    r"\b(?:in )?how many(?: of)?(?: the| these| those| all)*\b|"
    r"\bhow (?:often|frequently)\b|"
    r"(?:^|\b(?:the|in|what|find|total|overall|exact) )(?:number|count|frequency) of\b|^(?:the )?total\b|"
    r"\bcount(?: up)?\b(?: (?:how many|all|every|the|each))*"
)
OFTEN = r"\bhow (?:often|frequently)\b|\bhow many times\b"
MOST = (
    r"(?:the )?(?:single )?"
    r"(?:most (?:common(?:ly)?|frequent(?:ly)?|often|popular|used|repeated)|commonest|most)"
    r"(?: (?:used|occurring|found|appearing|repeated|mentioned|seen|defined))?"
)
SINGLE = r"\bwhich (?:one|is|name)\b|\b(?:function|class) name\b"
"""One is asked for, although its kind stands in the plural."""
HIGHEST = r"\b(?:the )?(?:highest|largest|greatest) number of\b"
TOP = (
    rf"\btop (?P<top>{NUMBER})\b(?: {MOST})?|\b(?P<first>{NUMBER}) {MOST}|"
    rf"\b(?:which|what(?: are)?|the) (?P<which>{NUMBER})\b(?=.*\b(?:most|frequency)\b)"
)
RANKED = rf"\b{MOST}\b|\btop {NUMBER}\b|\bhighest number of\b"
LIST = (
    r"\b(?:list|enumerate|extract|collect|gather)(?: up)?\b|"
    r"\b(?:show|give|get|return|find|print|name|quote|fetch)(?: me| us)?"
    r"(?= (?:\w+ )*?(?:all|every|each|any|the|unique|distinct)\b)|"
    r"\b(?:which|what)(?:'s| are| of)?\b|^all\b|^every\b|\blist of\b"
)
ASKING = r"(?:(?:show|find|get|give|print|return|quote|display)(?: me| us)?\s+)?(?:the\s+)?"
"""What may stand before the plural that is to be listed: ``show me lines with…``."""
EVERY = r"\b(?:list|enumerate|extract|collect|gather|all|every|each|any|unique|distinct)\b"

UNIQUE = r"\b(?:distinct|different|unique|individual|deduplicated)\b|\bwithout (?:duplicates|repetitions?)\b"
ORDER = (
    r",?\s*\b(?:(?:and )?sort(?:ed)?(?: them)?|in order|in alphabetical order|alphabetically)"
    r"(?: (?:by name|alphabetically|in order))?\b"
)
IMPORTED = (
    r"\b(?:(?:module|package|librar(?:y|ie))s?\b (?:that )?(?:is |are |gets? )?imported|"
    r"(?:most )?(?:commonly |often )?imported (?:module|package|librar(?:y|ie))s?)\b(?! [\ue000-\uf8ff])"
)
IMPORTS = rf"{IMPORTED}|\b(?:module )?imports?(?: statements?)?\b(?! [\ue000-\uf8ff])"
LEAST = (
    rf"\b(?:at least|no fewer than|not less than) (?P<least>{NUMBER})"
    rf"(?: times?| occurrences?| lines?)?\b(?! (?:letters|characters|chars))"
)
MORE = rf"\bmore than (?P<more>{NUMBER})(?: times?| occurrences?)?\b(?! (?:letters|characters|chars))"
COUNTS = (
    r"\b(?:with|and|along with|together with|by) (?:their|its|the)? ?(?:number of )?"
    r"(?:counts?|frequenc(?:y|ies)|occurrences?|numbers?)\b"
)
"""A request to give the numbers too."""
