"""A disk that can be filled."""
import subprocess


def fill(path):
    """Writes a file until no byte is left."""
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            pass


def small_disk(folder, size):
    """Mounts a file system of so many bytes on a folder, made for it; None where that is not allowed."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, text=True, check=False)
    return folder if mounted.returncode == 0 else None
