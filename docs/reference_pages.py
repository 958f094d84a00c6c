# SPDX-License-Identifier: Apache-2.0
"""Sphinx directives and links for the reference of the Python package.

`documented` shows functions, classes and methods with their docstrings. A method that buffers and streams share is shown once,
with both signatures, and so is its conditional twin: Sphinx's autodoc would repeat them. `command-help` shows the output of
`colonnade help`. Every literal that is a public name, such as `Buffer.shuffle`, becomes a link to its description.
"""

import enum
import importlib
import importlib.util
import inspect
import re
import subprocess
import sys
import types
import typing

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode, nested_parse_with_titles

SHARED = ("Buffer", "Stream")
#: Names of type aliases that the signatures show as what they stand for.
ALIASES = {
    "Array",
    "Exhaustion",
    "File",
    "LabelRule",
    "Overlong",
    "Path",
    "Progress",
    "Remainder",
    "Sample",
    "State",
    "Token",
}
#: Classes that only the package makes: their constructors are not shown.
MADE_BY_FUNCTIONS = {"Adapted", "Buffer", "CharTrieNode", "GraphInt64", "Rows", "Stream"}


def find(module, path):
    """Returns the object at a dotted path of a module, and the class that has it or None."""
    name, _, member = path.partition(".")
    target = getattr(module, name)
    return (getattr(target, member), target) if member else (target, None)


def annotation(text, function):
    """Returns an annotation as the source has it, with type aliases expanded."""

    def meaning(match):
        value = function.__globals__.get(match[0])
        if match[0] not in ALIASES or value is None or inspect.isclass(value):
            return match[0]
        if typing.get_origin(value) is typing.Literal:
            return f"Literal[{', '.join(map(repr, typing.get_args(value)))}]"
        return re.sub(r"\b(typing|collections\.abc|colonnade\.\w+)\.", "", str(value))

    return re.sub(r"\b[A-Z]\w+", meaning, text)


def signature(function, *, bound):
    """Returns the arguments and the result of a function, as its source has them. `bound` leaves out `self`."""
    described = inspect.signature(function)
    marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    written = []
    for parameter in list(described.parameters.values())[bound:]:
        if parameter.kind is parameter.KEYWORD_ONLY and not any(part.startswith("*") for part in written):
            written.append("*")
        part = marks.get(parameter.kind, "") + parameter.name
        if parameter.annotation is not parameter.empty:
            part += f": {annotation(parameter.annotation, function)}"
        if parameter.default is not parameter.empty:
            default = parameter.default
            part += f" = {default if isinstance(default, enum.Enum) else repr(default)}"
        written.append(part)
    result = described.return_annotation
    arrow = "" if result in (described.empty, "None") else f" -> {annotation(result, function)}"
    return f"({', '.join(written)}){arrow}"


class Documented(SphinxDirective):
    """Shows public names, one a line: `open`, `Buffer.size`, or `cast` for a method that buffers and streams share."""

    has_content = True
    optional_arguments = 2

    def run(self):
        module = importlib.import_module(self.arguments[0] if self.arguments else "colonnade")
        lines = [f".. py:currentmodule:: {module.__name__}", ""]
        shared = set()
        for name in filter(None, map(str.strip, self.content)):
            paths = [name]
            if not hasattr(module, name.partition(".")[0]):
                paths = [f"{kind}.{name}" for kind in SHARED]
                shared.add(paths[0])
            lines += self.described(module, paths)
        section = nodes.container()
        nested_parse_with_titles(self.state, StringList(lines, self.get_source_info()[0]), section)
        for head in section.findall(addnodes.desc_signature):
            if head.get("fullname") in shared:
                owner = head.next_node(addnodes.desc_addname)
                owner.replace_self(addnodes.desc_addname("", "", nodes.Text(f"({' | '.join(SHARED)}).")))
                head["_toc_name"] = head["_toc_name"].partition(".")[2]
        return section.children

    def described(self, module, paths):
        """Returns the lines that describe one object. The first path is shown, and links to all of them lead here."""
        target, owner = find(module, paths[0])
        self.env.note_dependency(inspect.getsourcefile(target.fget if isinstance(target, property) else target))
        lines, hidden = [], [f"method:: {path}" for path in paths[1:]]
        if isinstance(target, property):
            hidden = [f"property:: {path}" for path in paths[1:]]
            kind, rest = (
                "property",
                [f"   :type: {annotation(inspect.signature(target.fget).return_annotation, target.fget)}"],
            )
        elif inspect.isclass(target):
            kind, rest = "exception" if issubclass(target, BaseException) else "class", []
            if "__init__" in vars(target) and target.__name__ not in MADE_BY_FUNCTIONS:
                paths = [paths[0] + signature(target.__init__, bound=True)]
        else:
            kind, rest = "function" if owner is None else "method", []
            twin = f"{paths[0]}_if"
            if owner is not None and hasattr(owner, twin.partition(".")[2]):
                hidden += [f"method:: {path}_if" for path in paths]
            paths = [paths[0] + signature(target, bound=owner is not None)]
        lines += [f".. py:{kind}:: {paths[0]}", *rest, ""]
        body = [*inspect.getdoc(target).splitlines(), ""]
        if any(name.endswith("_if") for name in hidden):
            body += [
                f"Twin: ``{twin.partition('.')[2]}(cond, …)`` does the same if ``cond`` is true, and nothing otherwise.",
                "",
            ]
        for name in hidden:
            body += [f".. py:{name}", "   :no-typesetting:", ""]
        return lines + ["   " + line if line else "" for line in body] + [""]


class CommandHelp(SphinxDirective):
    """Shows what `colonnade help` prints about one command, or about all."""

    optional_arguments = 2

    def run(self):
        words = [sys.executable, "-m", "colonnade", "help", *self.arguments]
        text = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
        shown = nodes.literal_block(text, text.strip("\n"))
        shown["language"] = "text"
        return [shown]


class LinkNames(SphinxPostTransform):
    """Makes links of literals that are public names, in guides and docstrings."""

    default_priority = 5

    def run(self, **options):
        domain = self.env.domains["py"]
        for literal in list(self.document.findall(nodes.literal)):
            if self.is_linked(literal):
                continue
            target = self.target(domain, literal.astext(), self.enclosing(literal))
            if target is None:
                continue
            name, found = target
            link = make_refnode(
                self.app.builder, self.env.docname, found.docname, found.node_id, literal.deepcopy(), name
            )
            literal.replace_self(link)

    def is_linked(self, literal):
        node = literal.parent
        while node is not None:
            if isinstance(node, (nodes.reference, nodes.title, nodes.raw)) or node.tagname.startswith("pending_xref"):
                return True
            node = node.parent
        return False

    def enclosing(self, literal):
        """Returns the signature above the description that the literal is in, or None."""
        node = literal.parent
        while node is not None:
            if isinstance(node, addnodes.desc):
                return node.next_node(addnodes.desc_signature)
            node = node.parent
        return None

    def target(self, domain, text, head):
        """Returns the full name that a text means, and its entry in the index; None for other code."""
        match = re.fullmatch(r"(dx\.|colonnade\.)?([A-Za-z_][\w.]*)(\(.*\))?", text, flags=re.DOTALL)
        if match is None:
            return None
        prefix, name = match[1], match[2]
        names, inside = [f"colonnade.{name}"], "" if head is None else head["fullname"]
        if head is not None and "." not in name and not prefix:
            if any(name == part.next_node(addnodes.desc_sig_name).astext() for part in parameters(head)):
                return None
            kind = inside.partition(".")[0]
            names = [f"colonnade.{each}.{name}" for each in dict.fromkeys([kind, *SHARED])] + names
        elif not (prefix or "." in name or name[0].isupper()):
            return None
        found = next((each for each in names if each in domain.objects), None)
        if found is None or found.removeprefix("colonnade.") == inside:
            return None
        return found, domain.objects[found]


def parameters(head):
    """Returns the nodes of the parameters in a signature that have a name."""
    return [
        part for part in head.findall(addnodes.desc_parameter) if part.next_node(addnodes.desc_sig_name) is not None
    ]


def stand_in(*names):
    """Puts modules in the place of those of a library that is not installed. Returns whether it did."""
    if importlib.util.find_spec(names[0]) is not None:
        return False
    for name in names:
        sys.modules[name] = types.ModuleType(name)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, sys.modules[name])
    return True


def stand_in_for_libraries():
    """Puts modules in the place of large libraries, which are not needed to describe the classes and functions for them."""
    stand_in("ray", "ray.data")
    stand_in("daft", "daft.io", "daft.io.sink")
    names = ["torch", "torch.utils", "torch.utils.data", "torch.utils.data._utils", "torch.utils.data._utils.collate"]
    if not stand_in(*names):
        return
    sys.modules["torch.utils.data"].Dataset = type("Dataset", (), {})
    sys.modules["torch.utils.data"].IterableDataset = type("IterableDataset", (), {})
    sys.modules["torch.utils.data._utils.collate"].default_collate_fn_map = {}


def setup(app):
    stand_in_for_libraries()
    app.add_directive("documented", Documented)
    app.add_directive("command-help", CommandHelp)
    app.add_post_transform(LinkNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
