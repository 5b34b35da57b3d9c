"""Makes TorchSharp's native library loadable where the system's libstdc++ is older than GCC 13's: loadable.py FROM TO.

The library asks for the version GLIBCXX_3.4.32, for one symbol that <iostream> mentions and nothing calls. Marked as weak, a version that
is missing is no error to the loader. Where libstdc++ has it, the file is copied as it is.
"""
import ctypes
import struct
import sys

VERSION = b"GLIBCXX_3.4.32"
VERNEED, WEAK = 0x6FFFFFFE, 2


def system_has_it() -> bool:
    try:
        ctypes.CDLL("libstdc++.so.6")
    except OSError:
        return False
    with open("/proc/self/maps", encoding="utf-8") as maps:
        path = next(line.split(maxsplit=5)[5].strip() for line in maps if "libstdc++.so.6" in line)
    with open(path, "rb") as file:
        return VERSION in file.read()


def weaken(elf: bytearray) -> int:
    """Marks every need of the version; returns how many there were."""
    section_at, = struct.unpack_from("<Q", elf, 0x28)
    size, count, _ = struct.unpack_from("<HHH", elf, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, section_at + i * size) for i in range(count)]
    found = 0
    for _, kind, _, _, start, _, strings, files, _, _ in sections:
        if kind != VERNEED:
            continue
        names = sections[strings][4]
        at = start
        for _ in range(files):
            _, needs, _, first, following = struct.unpack_from("<HHIII", elf, at)
            need = at + first
            for _ in range(needs):
                _, flags, _, name, next_need = struct.unpack_from("<IHHII", elf, need)
                if elf[names + name : elf.index(0, names + name)] == VERSION:
                    struct.pack_into("<H", elf, need + 4, flags | WEAK)
                    found += 1
                need += next_need
            at += following
    return found


def main() -> None:
    source, target = sys.argv[1:]
    with open(source, "rb") as file:
        elf = bytearray(file.read())
    if elf[:6] != b"\x7fELF\x02\x01":
        sys.exit(f"{source} is no 64-bit ELF file")
    if not system_has_it():
        weaken(elf)
    with open(target, "wb") as file:
        file.write(elf)


main()
