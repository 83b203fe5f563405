# SPDX-License-Identifier: GPL-2.0
"""Small mistakes in C: where a file could have one, and what it would then look like.

The text is cut into tokens, not parsed. So some mutants do not compile; those count
for nothing. Lines stay where they are, whatever is put in or left out.
"""
import re
from collections import namedtuple

Token = namedtuple("Token", "kind text start end line")
Mutant = namedtuple("Mutant", "operator line start end text")

LEXER = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<directive>^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*)
  | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
  | (?P<number>\b(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*\b)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<mark><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[^\s\w])
""", re.X | re.S | re.M)

OTHER = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "&&": "||", "||": "&&", "&": "|", "|": "&", "+": "-", "-": "+", "*": "/", "/": "*",
    "<<": ">>", ">>": "<<", "++": "--", "--": "++", "+=": "-=", "-=": "+=",
    "|=": "&=", "&=": "|=",
}
RELATIONS = {"<", "<=", ">", ">=", "==", "!="}
LOGIC = {"&&", "||"}
TYPES = {"struct", "enum", "union", "const", "static", "unsigned", "signed", "int", "long", "bool",
         "char", "void", "u64", "u32", "s64", "size_t", "typedef", "extern", "inline", "DEFINE_WAIT",
         "pid_t", "spinlock_t", "vm_fault_t", "pte_t", "gfp_t", "DEFINE_SPINLOCK", "atomic64_t",
         "sizeof"}
JUMPS = {"return", "goto", "break", "continue"}
HEADS = {"if", "for", "while", "switch", "do", "else", "case", "default"}
# What only watches: to leave it out is no mistake of the code.
WATCHERS = re.compile(r"^(lockdep_\w+|i_mmap_assert_\w+|trace_\w+|might_sleep|cond_resched|cpu_relax)$")
LOCKS = re.compile(r"^(spin|mutex|rcu_read|i_mmap|mmap_read)_(un)?lock\w*$")
BARRIERS = re.compile(r"^(smp_\w+|barrier|wq_has_sleeper)$")


def tokens(text):
    """The tokens that count: no comments, no directives."""
    line, at, found = 1, 0, []
    for match in LEXER.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        if match.lastgroup not in ("comment", "directive"):
            found.append(Token(match.lastgroup, match[0], match.start(), match.end(), line))
    return found


def closing(toks, opening):
    """The index of the bracket that closes the one at @opening."""
    depth = 0
    for index in range(opening, len(toks)):
        if toks[index].text in "([{":
            depth += 1
        elif toks[index].text in ")]}":
            depth -= 1
            if not depth:
                return index
    return len(toks) - 1


def bodies(toks):
    """Ranges of tokens that are bodies of functions."""
    index = 0
    while index < len(toks):
        if toks[index].text == "{":
            end = closing(toks, index)
            if index and toks[index - 1].text == ")":
                yield index + 1, end
            index = end
        index += 1


def blank(text):
    """Nothing, on as many lines."""
    return "\n" * text.count("\n")


class Finder:
    """All mutants of one file."""

    def __init__(self, text):
        self.text = text
        self.toks = tokens(text)
        self.found = []

    def all(self):
        for begin, end in bodies(self.toks):
            for index in range(begin, end):
                self._at(index)
            self._statements(begin, end)
        self._tables()
        return sorted(set(self.found), key=lambda m: (m.start, m.end, m.operator, m.text))

    def _add(self, operator, first, last, text):
        start, end = self.toks[first].start, self.toks[last].end
        self.found.append(Mutant(operator, self.toks[first].line, start, end, text))

    def _source(self, first, last):
        return self.text[self.toks[first].start:self.toks[last].end]

    def _binary(self, index):
        """Does an operator stand between two operands?"""
        before, after = self.toks[index - 1], self.toks[index + 1]
        return (before.kind in ("name", "number") and before.text not in JUMPS | TYPES
                or before.text in (")", "]")) and after.text not in (")", ",", ";")

    def _at(self, index):
        tok = self.toks[index]
        if tok.text in ("if", "while") and self.toks[index + 1].text == "(":
            last = closing(self.toks, index + 1)
            inner = self._source(index + 1, last)
            self._add("negate", index + 1, last, f"(!{inner})")
        elif tok.text == "?" and self.toks[index + 1].text != ":":
            self._add("negate", index, index, "== 0 ?")
        elif tok.text in RELATIONS and self._binary(index):
            self._add("relation", index, index, OTHER[tok.text])
        elif tok.text in LOGIC:
            self._add("logic", index, index, OTHER[tok.text])
        elif tok.text in ("&", "|", "+", "-", "/", "<<", ">>") and self._binary(index):
            self._add("arithmetic", index, index, OTHER[tok.text])
        elif tok.text in ("++", "--", "+=", "-=", "|=", "&="):
            self._add("arithmetic", index, index, OTHER[tok.text])
        elif tok.text == "!" and self.toks[index + 1].text != "=":
            self._add("negate", index, index, "!!")
        elif tok.text in ("true", "false"):
            self._add("constant", index, index, "false" if tok.text == "true" else "true")
        elif tok.kind == "number" and self.toks[index - 1].text != "[":
            self._add("constant", index, index, self._one_more(tok.text))
        elif BARRIERS.match(tok.text) and self.toks[index + 1].text == "(":
            self._barrier(index)

    @staticmethod
    def _one_more(number):
        digits = number.rstrip("uUlL")
        value = int(digits, 16 if digits[:2] in ("0x", "0X") else 10) + 1
        return f"{value}{number[len(digits):]}"

    def _barrier(self, index):
        """Only where it is part of an expression; statements are dropped anyway."""
        last = closing(self.toks, index + 1)
        if self.toks[last + 1].text != ";":
            argument = self._source(index + 1, last)
            self._add("barrier", index, last, f"waitqueue_active{argument}")

    def _statements(self, begin, end):
        """Drop each simple statement, and each pair of a lock's statements."""
        index = begin
        while index < end:
            tok = self.toks[index]
            if tok.text in HEADS or tok.text in "{}:;":
                index = self._after_head(index)
                continue
            last = self._statement_end(index, end)
            if not self._declaration(index) and not WATCHERS.match(tok.text):
                source = self._source(index, last)
                self._add("drop", index, last, ";" + blank(source))
            index = last + 1
        self._lock_pairs(begin, end)

    def _after_head(self, index):
        if self.toks[index].text in ("if", "while", "switch", "for"):
            return closing(self.toks, index + 1) + 1
        if self.toks[index].text == "case":
            while self.toks[index].text != ":":
                index += 1
        return index + 1

    def _statement_end(self, index, end):
        while index < end and self.toks[index].text != ";":
            if self.toks[index].text in "([{":
                index = closing(self.toks, index)
            if self.toks[index].text == "}" or self.toks[index + 1].text == "{":
                break
            index += 1
        return index

    def _declaration(self, index):
        tok, after = self.toks[index], self.toks[index + 1]
        if tok.kind != "name" and tok.text not in ("*", "(", "++", "--"):
            return True
        if tok.text in TYPES or after.kind == "name" and tok.text not in JUMPS:
            return True
        return after.text in (":", "{") or self.toks[self._statement_end(
            index, len(self.toks) - 1)].text != ";"

    def _lock_pairs(self, begin, end):
        """Leave one lock out: the statement that takes it and those that give it back."""
        for index in range(begin, end):
            name = self.toks[index].text
            match = LOCKS.match(name)
            if not match or match[2] or self.toks[index - 1].text not in ";{}":
                continue
            last = closing(self.toks, index + 1)
            if self.toks[last + 1].text != ";":
                continue
            argument = self._source(index + 1, last)
            start, stop = self.toks[index].start, self.toks[end].start
            family = match[1]
            pattern = re.compile(rf"\b{family}_(?:un)?lock\w*{re.escape(argument)};")
            body = self.text[start:stop]
            changed = pattern.sub(lambda m: ";" + blank(m[0]), body)
            if len(pattern.findall(body)) > 1:
                self.found.append(Mutant("lock", self.toks[index].line, start, stop, changed))

    def _tables(self):
        """Numbers in directives: limits and sizes that the code is compiled with."""
        for match in re.finditer(r"^#define[ \t]+\w+[ \t]+.*$", self.text, re.M):
            for number in re.finditer(r"\b\d+[uUlL]*\b", match[0]):
                start = match.start() + number.start()
                line = self.text.count("\n", 0, start) + 1
                self.found.append(Mutant("constant", line, start, start + len(number[0]),
                                         self._one_more(number[0])))


def mutants(text):
    """All mutants of the text of a C file, in the order of their places."""
    return Finder(text).all()


def apply(text, mutant):
    return text[:mutant.start] + mutant.text + text[mutant.end:]
