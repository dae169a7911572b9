#!/usr/bin/python3
"""Use a window as a person with a screen reader does: over AT-SPI, by what is said of each thing.

Reads one JSON command a line and answers each with one JSON line:
  {"do": "tree"}                        everything that is not hidden: [{"role", "name", "description", "states"}]
  {"do": "press", "name": N}            press the button of that name
  {"do": "type", "name": N, "text": T}  put T into the entry of that name
The program whose window it is, is the first argument: its name on the accessibility bus.
"""
import json
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402


def application(name):
    desktop = Atspi.get_desktop(0)
    for i in range(desktop.get_child_count()):
        child = desktop.get_child_at_index(i)
        if child is not None and child.get_name() == name:
            return child
    return None


def walk(node, depth=0):
    if node is None or depth > 60:
        return
    yield node
    for i in range(node.get_child_count()):
        yield from walk(node.get_child_at_index(i), depth + 1)


def describe(node):
    states = [s.value_nick for s in node.get_state_set().get_states()]
    text = ""
    if node.get_role() in (Atspi.Role.TEXT, Atspi.Role.ENTRY, Atspi.Role.LABEL):
        try:
            text = Atspi.Text.get_text(node, 0, -1)
        except Exception:
            text = ""
    return {"role": node.get_role_name(), "name": node.get_name(), "description": node.get_description(),
            "text": text, "states": states}


def find(app, name, roles, act=False):
    for node in walk(app):
        if node.get_name() == name and node.get_role_name() in roles and (not act or node.get_n_actions() > 0):
            return node
    raise LookupError(f"nothing called {name!r} is there")


def run(app, command):
    if command["do"] == "tree":
        return [describe(node) for node in walk(app)]
    if command["do"] == "press":
        node = find(app, command["name"], ("push button", "button", "toggle button", "radio button", "page tab", "switch",
                                          "menu item", "list item"), act=True)
        return node.do_action(0)
    if command["do"] == "type":
        node = find(app, command["name"], ("text", "entry"))
        return node.set_text_contents(command["text"])
    raise ValueError(f"there is no command {command['do']!r}")


def main():
    for line in sys.stdin:
        try:
            app = application(sys.argv[1])
            answer = {"ok": True, "value": None if app is None else run(app, json.loads(line))}
        except Exception as error:  # Whatever went wrong is the test's to see.
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
