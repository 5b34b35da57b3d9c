"""Carries packets between two interfaces, later than they came, and loses some: what netem does, for kernels that have none.

    wire.py INTERFACE INTERFACE DELAY JITTER LOSS SEED

Delays are in seconds, the loss is a share. Packets of one direction stay in order.
"""
import collections
import random
import select
import socket
import sys
import time

EVERY_PROTOCOL = 0x0003
SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23  # linux/if_packet.h
MOST_BYTES = 1 << 17  # of a packet that the network card would split
MOST_WAITING = 10_000  # packets; what comes then is lost, as in a full queue


def opened(interface):
    """A socket that gives whole packets as they come in, and sends such."""
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL))
    # With what is yet to be done to a packet (its checksum, its splitting), so that it can be sent on as it is.
    packets.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    packets.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    packets.bind((interface, 0))
    packets.setblocking(False)
    return packets


def main():
    one, other = opened(sys.argv[1]), opened(sys.argv[2])
    delay, jitter, loss = (float(word) for word in sys.argv[3:6])
    rng = random.Random(sys.argv[6])
    ways = {one: (other, collections.deque()), other: (one, collections.deque())}
    print("ready", flush=True)
    while True:
        due = [queue[0][0] for _, queue in ways.values() if queue]
        wait = max(0, min(due) - time.monotonic()) if due else None
        for came in select.select([one, other], [], [], wait)[0]:
            queue = ways[came][1]
            while True:
                try:
                    packet = came.recv(MOST_BYTES)
                except BlockingIOError:
                    break
                if rng.random() < loss or len(queue) >= MOST_WAITING:
                    continue
                at = time.monotonic() + max(0, rng.uniform(delay - jitter, delay + jitter))
                queue.append((max(at, queue[-1][0]) if queue else at, packet))
        now = time.monotonic()
        for to, queue in ways.values():
            while queue and queue[0][0] <= now:
                try:
                    to.send(queue.popleft()[1])
                except OSError:
                    pass  # the interface takes no more at this moment: lost


if __name__ == "__main__":
    main()
