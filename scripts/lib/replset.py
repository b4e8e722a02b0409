#!/usr/bin/env python3
"""Makes servers on 127.0.0.1 one replica set and waits until it takes writes:
    replset.py initiate PORT...    new servers, the first becomes the primary
    replset.py wait PORT...        servers that were a set before
Speaks just enough of MongoDB's wire protocol (OP_MSG) for that. It is no driver, knows no
authentication and no TLS, and is used by scripts/mongod only."""
import socket
import struct
import sys
import time

SECONDS = 30


def encode(value):
    """BSON of a dict of int (32 bits), str, dict and list; lists are dicts with numbers as keys."""
    body = b""
    for key, item in value.items():
        name = key.encode() + b"\0"
        if isinstance(item, int):
            body += b"\x10" + name + struct.pack("<i", item)
        elif isinstance(item, str):
            text = item.encode() + b"\0"
            body += b"\x02" + name + struct.pack("<i", len(text)) + text
        elif isinstance(item, list):
            body += b"\x04" + name + encode({str(i): one for i, one in enumerate(item)})
        else:
            body += b"\x03" + name + encode(item)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def decode(data):
    """The members at the top of a reply: numbers, booleans and texts; others are skipped."""
    sizes = {0x05: 5, 0x07: 12, 0x09: 8, 0x0A: 0, 0x11: 8, 0x13: 16}
    result, at = {}, 4
    while data[at]:
        kind, end = data[at], data.index(0, at + 1)
        key, at = data[at + 1:end].decode(), end + 1
        length = struct.unpack_from("<i", data, at)[0] if kind in (0x02, 0x03, 0x04, 0x05) else 0
        if kind in (0x01, 0x08, 0x10, 0x12):
            form = {0x01: "<d", 0x08: "<?", 0x10: "<i", 0x12: "<q"}[kind]
            result[key] = struct.unpack_from(form, data, at)[0]
            at += struct.calcsize(form)
        elif kind == 0x02:
            result[key] = data[at + 4:at + 3 + length].decode()
            at += 4 + length
        elif kind in (0x03, 0x04):
            at += length
        else:
            at += length + sizes[kind]
    return result


def read(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise OSError("the server closed the connection")
        data += part
    return data


def command(port, document):
    """Runs one command on the database admin and returns the reply; OSError if nobody answers."""
    body = struct.pack("<IB", 0, 0) + encode({**document, "$db": "admin"})
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body)
        size = struct.unpack("<i", read(connection, 4))[0]
        return decode(read(connection, size - 4)[12 + 5:])


def initiate(ports):
    members = [{"_id": i, "host": f"127.0.0.1:{port}"} for i, port in enumerate(ports)]
    reply = command(ports[0], {"replSetInitiate": {
        "_id": "rs0", "version": 1, "members": members,
        "settings": {"electionTimeoutMillis": 2000}}})
    if reply.get("ok") != 1:
        sys.exit(f"replSetInitiate: {reply.get('errmsg')}")


def wait(ports):
    """Until one server is the writable primary and all others follow it."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            replies = [command(port, {"hello": 1}) for port in ports]
        except OSError:
            replies = []
        primaries = sum(bool(reply.get("isWritablePrimary")) for reply in replies)
        followers = sum(bool(reply.get("secondary")) for reply in replies)
        if primaries == 1 and primaries + followers == len(ports):
            return
        if not primaries and followers == len(ports):
            command(ports[0], {"replSetStepUp": 1})  # spares the election time-out
        time.sleep(0.05)
    sys.exit(f"no writable primary within {SECONDS} s")


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("initiate", "wait"):
        sys.exit(__doc__)
    ports = [int(port) for port in sys.argv[2:]]
    try:
        if sys.argv[1] == "initiate":
            initiate(ports)
        wait(ports)
    except OSError as error:
        sys.exit(f"the server went away: {error}")


if __name__ == "__main__":
    main()
