"""Names are words that an engineer knows: of telephony, of this product's glossary, or English."""

from __future__ import annotations

import ast
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import esl_bridge

ROOT = Path(__file__).parents[2]
PRODUCT = Path(esl_bridge.__file__).parent
GLOSSARY = ROOT / "docs" / "glossary.md"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words of programming and plain English that need no explanation. A word that belongs to telephony
# or to this product goes into the glossary instead.
ORDINARY = _words(
    """
    7 account act address advance after allow api app arrival aspect assembly audio
    await bad bar batch built busy cancel centre change client clock command config
    connect connection console control count cut decode defer demo descriptor detail did
    disable document down edition elsewhere end endless engine enter entry enum error
    exchange export external fact fail field fill for force foreign form forward free
    full get gone handle head header health held http idle internal invalid keep kind
    language left level limit line list listen load long lost malform many memory metric
    mistake mode move msg multiset music name no not now number on option other outcome
    over overlay overtaken pace packet page pair password pend piece pixel play policy
    preview protocol proxy rank reach read reader ready record reference refusal refuse
    register reject release reload replace rest result resume role row rule run runtime
    sched schedule see seen sent serve server service set setting setup share short shut
    silence sim simulate sleep socket sound spy start stop such suffix supervise sync
    table talk target tcp text then thread three time to toggle too transport tune type
    unavailable unbridge unbuilt unfit unheld unknown unreachable unreadable unregister
    until update use user uuid value verify virtual wait warning way web websocket with
    write wrong xml yet
    """
)
# Words that this product once used for things that have names in the field.
FORBIDDEN = _words(
    """
    asker desk enrol errand errands floor heeded ledger liberties mending nets news nursery
    premises readback readmit reseat reunion reunite staff stray strays successor thief
    unled untold wish wishes
    """
)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_TYPE = re.compile(r"[A-Z]\w*[a-z]\w*")
_TERM = re.compile(r"\*\*(.+?)\*\*")
_ENDINGS = ("", "s", "es", "d", "ed", "r", "er", "ing", "ance", "ion")


def words_of(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def terms() -> list[str]:
    return _TERM.findall(GLOSSARY.read_text("utf-8"))


def words_of_term(term: str) -> list[str]:
    """A term of several words may be written as one: dialstring."""
    return [*words_of(term), re.sub("[ -]", "", term).lower()]


def is_form_of(word: str, known: frozenset[str]) -> bool:
    """``word``, or what it is made from by an ending: bridging, parties, dialled."""
    return any(stem in known for stem in stems(word))


def stems(word: str) -> Iterator[str]:
    for ending in _ENDINGS:
        if not word.endswith(ending):
            continue
        stem = word.removesuffix(ending)
        yield stem
        if ending:
            yield stem + "e"
        if len(stem) > 2 and stem[-1] == stem[-2]:
            yield stem[:-1]
        if stem.endswith("i"):
            yield stem[:-1] + "y"


def modules() -> list[Path]:
    return sorted(PRODUCT.rglob("*.py"))


def class_names() -> list[str]:
    trees = [ast.parse(path.read_text("utf-8")) for path in modules()]
    return [
        node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    ]


def module_names() -> list[str]:
    return [path.stem for path in modules() if not path.stem.startswith("__")]


def test_class_and_module_names_consist_of_known_words():
    known = ORDINARY | {word for term in terms() for word in words_of_term(term)}
    names = {*class_names(), *module_names(), *(path.parent.name for path in modules())}
    unknown = {
        name: strange
        for name in sorted(names)
        if (strange := [word for word in words_of(name) if not is_form_of(word, known)])
    }
    assert not unknown, "explain these in docs/glossary.md, or choose the usual word"


def test_no_two_classes_share_a_name():
    assert [name for name, times in Counter(class_names()).items() if times > 1] == []


def test_no_two_types_of_the_product_share_a_name():
    """Aliases too; the simulator, which imports nothing of the product, has its own."""
    names = Counter(
        name
        for path in modules()
        if "simulator" not in path.parts
        for name in _type_names(ast.parse(path.read_text("utf-8")))
    )
    assert [name for name, times in names.items() if times > 1] == []


def _type_names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name) and _TYPE.fullmatch(target.id):
                yield target.id


def test_no_three_modules_share_a_name():
    assert [name for name, times in Counter(module_names()).items() if times > 2] == []


def test_no_identifier_uses_an_abandoned_word():
    found = {
        f"{path.relative_to(ROOT)}:{token.start[0]}: {token.string}"
        for path in modules()
        for token in _names_in(path)
        if not FORBIDDEN.isdisjoint({*words_of(token.string), token.string.strip("_")})
    }
    assert sorted(found) == []


def _names_in(path: Path) -> Iterator[tokenize.TokenInfo]:
    with tokenize.open(path) as source:
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.NAME:
                yield token


def test_each_term_is_explained_once():
    seen = Counter(term.lower() for term in terms())
    assert [term for term, times in seen.items() if times > 1] == []


def test_terms_are_in_alphabetical_order_within_their_group():
    for group in GLOSSARY.read_text("utf-8").split("\n## ")[1:]:
        title, *lines = group.splitlines()
        firsts = [_TERM.findall(line)[0].lower() for line in lines if line.startswith("- ")]
        assert firsts == sorted(firsts), title
