#!/usr/bin/python3
"""Stand in for a desktop's notifications (org.freedesktop.Notifications), and print each call as a JSON line:
{"told": ID, "title": ..., "body": ...} and {"gone": ID}. The first line says that it is ready."""
import json

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

FORM = """<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
<arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
<method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/>
<arg type="s" direction="out"/><arg type="s" direction="out"/></method>
</interface></node>"""
count = 0


def say(**what):
    print(json.dumps(what), flush=True)


def on_call(connection, sender, path, interface, method, parameters, invocation):
    global count
    if method == "Notify":
        _, replaces, _, title, body, *_ = parameters.unpack()
        count += 1
        say(told=replaces or count, title=title, body=body)
        invocation.return_value(GLib.Variant("(u)", (replaces or count,)))
    elif method == "CloseNotification":
        say(gone=parameters.unpack()[0])
        invocation.return_value(None)
    elif method == "GetCapabilities":
        invocation.return_value(GLib.Variant("(as)", (["body", "actions"],)))
    else:
        invocation.return_value(GLib.Variant("(ssss)", ("stand-in", "holdfast", "1", "1.2")))


def on_bus(connection, name):
    form = Gio.DBusNodeInfo.new_for_xml(FORM).interfaces[0]
    connection.register_object("/org/freedesktop/Notifications", form, on_call, None, None)


def on_name(connection, name):
    say(ready=True)


Gio.bus_own_name(Gio.BusType.SESSION, "org.freedesktop.Notifications", Gio.BusNameOwnerFlags.NONE, on_bus, on_name, None)
GLib.MainLoop().run()
