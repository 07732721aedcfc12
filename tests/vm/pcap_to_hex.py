#!/usr/bin/env python3
"""Turns a capture of NVMe/TCP traffic into hex files, one PDU a line, one file per TCP connection.

Reassembles each direction by sequence number, cuts it into PDUs by PLEN, and writes them in the order in which their last
byte was seen, with a comment that names each. Knows Ethernet, IPv4 and TCP, as tcpdump writes them for lo; refuses the rest.
Usage: pcap_to_hex.py FILE.pcap PORT OUTPUT_PREFIX SUFFIX [HEADING]...  -> OUTPUT_PREFIX[_N]SUFFIX.hex
"""
import struct
import sys

PDU = {0: "ICReq", 1: "ICResp", 2: "H2CTermReq", 3: "C2HTermReq", 4: "CapsuleCmd", 5: "CapsuleResp", 6: "H2CData", 7: "C2HData", 9: "R2T"}
ADMIN = {0x02: "Get Log Page", 0x06: "Identify", 0x09: "Set Features", 0x0A: "Get Features", 0x0C: "Async Event Request", 0x18: "Keep Alive"}
IO = {0x00: "Flush", 0x01: "Write", 0x02: "Read"}
FABRICS = {0: "Property Set", 1: "Connect", 4: "Property Get"}


def segments(path):
    """Yields (index, source, destination, sequence, flags, payload) for every TCP segment of the capture."""
    data = open(path, "rb").read()
    order = {0xA1B2C3D4: "<", 0xA1B23C4D: "<"}.get(struct.unpack("<I", data[:4])[0])
    if order is None or struct.unpack("<I", data[20:24])[0] != 1:
        sys.exit(f"{path}: not a little-endian Ethernet capture")
    at, index = 24, 0
    while at + 16 <= len(data):
        captured, length = struct.unpack("<II", data[at + 8:at + 16])
        frame = data[at + 16:at + 16 + captured]
        at += 16 + captured
        index += 1
        if frame[12:14] != b"\x08\x00" or frame[23] != 6:
            continue
        if captured != length:
            sys.exit(f"{path}: packet {index} is cut short")
        ip = frame[14:]
        header = (ip[0] & 15) * 4
        total = struct.unpack(">H", ip[2:4])[0] or len(ip)
        tcp = ip[header:total]
        source, destination = struct.unpack(">HH", tcp[:4])
        yield (index, (ip[12:16], source), (ip[16:20], destination), struct.unpack(">I", tcp[4:8])[0], tcp[13], tcp[(tcp[12] >> 4) * 4:])


class Direction:
    """One direction of a connection: bytes in order, and for each length reached the packet that reached it."""

    def __init__(self):
        self.next, self.bytes, self.reached, self.waiting, self.closed = None, b"", [], {}, None

    def take(self, index, sequence, flags, payload):
        if flags & 2:
            self.next = (sequence + 1) & 0xFFFFFFFF
        if payload:
            self.waiting[sequence] = payload
        while self.next in self.waiting:
            piece = self.waiting.pop(self.next)
            self.bytes += piece
            self.next = (self.next + len(piece)) & 0xFFFFFFFF
            self.reached.append((len(self.bytes), index))
        if flags & 5 and self.closed is None:
            self.closed = (index, "RST" if flags & 4 else "FIN")

    def pdus(self):
        if self.waiting:
            sys.exit("the capture has a hole: packets were lost")
        at = 0
        while at < len(self.bytes):
            plen = struct.unpack("<I", self.bytes[at + 4:at + 8])[0]
            if plen < 8 or at + plen > len(self.bytes):
                sys.exit("a PDU is not complete")
            yield next(i for end, i in self.reached if end >= at + plen), self.bytes[at:at + plen]
            at += plen


def command_name(sqe, queue):
    opcode, = sqe[:1]
    cdw = struct.unpack("<16I", sqe)
    if opcode == 0x7F:
        name = FABRICS.get(sqe[4], f"Fabrics {sqe[4]:#x}")
        if sqe[4] == 1:
            qid, = struct.unpack("<H", sqe[42:44])
            return f"{name} qid {qid} sqsize {struct.unpack('<H', sqe[44:46])[0]} cattr {sqe[46]:#x} kato {cdw[12]} ms"
        width = 8 if sqe[40] & 7 == 1 else 4
        return f"{name} offset {cdw[11]:#x} {width} bytes" + (f" value {cdw[12]:#x}" if sqe[4] == 0 else "")
    if queue:
        return IO.get(opcode, f"I/O opcode {opcode:#x}")
    name = ADMIN.get(opcode, f"Admin opcode {opcode:#x}")
    if opcode == 0x02:
        count = (cdw[10] >> 16 | (cdw[11] & 0xFFFF) << 16) + 1
        return f"{name} {cdw[10] & 0xFF:#x} {count * 4} bytes offset {cdw[12] | cdw[13] << 32} rae {cdw[10] >> 15 & 1} lsp {cdw[10] >> 8 & 0x7F:#x}"
    if opcode == 0x06:
        return f"{name} cns {cdw[10] & 0xFF:#x} nsid {cdw[1]:#x}"
    if opcode in (0x09, 0x0A):
        return f"{name} {cdw[10] & 0xFF:#x} value {cdw[11]:#x}"
    return name


def describe(pdu, state):
    kind, flags, hlen = pdu[0], pdu[1], pdu[2]
    text = PDU.get(kind, f"type {kind:#x}") + f" {len(pdu)} bytes"
    if kind in (0, 1):
        text += f" digests {pdu[11]}" + (f" maxh2cdata {struct.unpack('<I', pdu[12:16])[0]}" if kind else f" maxr2t {struct.unpack('<I', pdu[12:16])[0]}")
    elif kind == 4:
        sqe = pdu[8:72]
        cid, = struct.unpack("<H", sqe[2:4])
        if sqe[0] == 0x7F and sqe[4] == 1:
            state["queue"], = struct.unpack("<H", sqe[42:44])
        state[cid] = command_name(sqe, state.get("queue", 0))
        text += f", cid {cid:#x}: {state[cid]}"
    elif kind == 5:
        result, sqhd, _, cid, status = struct.unpack("<QHHHH", pdu[8:24])
        text += f", cid {cid:#x}: result {result:#x} status {status >> 1:#x} to {state.get(cid, 'an unknown command')}"
    elif kind in (6, 7):
        cid, _, offset, length = struct.unpack("<HHII", pdu[8:20])
        text += f", cid {cid:#x}: {length} bytes at {offset}" + (", last" if flags & 4 else "") + (", success" if flags & 8 else "") + f", for {state.get(cid, 'an unknown command')}"
    if kind > 3:
        text += (", header digest" if flags & 1 else "") + (", data digest" if flags & 2 else "")
    return text


def main():
    path, port, prefix, suffix, headings = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:]
    connections = {}
    for index, source, destination, sequence, flags, payload in segments(path):
        to_target = destination[1] == port
        key = (source, destination) if to_target else (destination, source)
        host, target = connections.setdefault(key, (Direction(), Direction()))
        (host if to_target else target).take(index, sequence, flags, payload)
    connections = [c for c in connections.values() if c[0].bytes]
    for number, (host, target) in enumerate(connections, 1):
        lines = [(i, ">", p) for i, p in host.pdus()] + [(i, "<", p) for i, p in target.pdus()]
        name = prefix + (f"_{number}" if len(connections) > 1 else "") + suffix + ".hex"
        state = {}
        with open(name, "w") as out:
            for heading in headings:
                out.write(f"# {heading}\n")
            if len(connections) > 1:
                out.write(f"# TCP connection {number} of {len(connections)} of this recording.\n")
            events = [(i, 0, d, p) for i, d, p in lines]
            events += [(side.closed[0], 1, who, side.closed[1]) for side, who in ((host, "host"), (target, "controller")) if side.closed]
            for index, kind, direction, pdu in sorted(events, key=lambda e: e[:2]):
                if kind:
                    out.write(f"# {'H>C' if direction == 'host' else 'C>H'} the {direction} closes with {pdu}\n")
                else:
                    out.write(f"# {'H>C' if direction == '>' else 'C>H'} {describe(pdu, state)}\n{direction} {pdu.hex()}\n")
        print(f"{name}: {len(lines)} PDUs")


main()
